"""Which scenarios of the blast benchmark a text chooses."""

import pytest

from bench.blast.scenario import ALL, Mode, choose
from consumer.inflight.inflight import RetryMode


def test_every_retry_behaviour_has_a_baseline_and_a_dead_partner() -> None:
    """The dead partner is measured under each retry behaviour, and always beside its own baseline."""
    assert {each.retry for each in ALL if each.mode is Mode.DEAD} == set(RetryMode)
    assert {each.baseline for each in ALL} <= set(ALL)


def test_a_scenario_brings_its_baseline_before_itself() -> None:
    """What is chosen alone is run behind the baseline of its own retry behaviour, without which it has no ratio."""
    assert [each.name for each in choose("dead-batch")] == ["baseline-batch", "dead-batch"]
    assert [each.name for each in choose("poison, dead-lowest")] == ["baseline-lowest", "dead-lowest", "poison-lowest"]


def test_no_name_chooses_all() -> None:
    """An empty text runs every scenario once."""
    assert tuple(choose(" ")) == ALL


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    """A misspelt scenario is not silently left out."""
    with pytest.raises(ValueError, match=r"no scenario dead-first; there are .*dead-lowest"):
        choose("dead-first")

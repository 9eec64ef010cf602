"""Whole histories of a producer in virtual time, each decided by a seed: no line is lost, whatever happens."""

import pytest

from tests.simulation.histories.plants import planted
from tests.simulation.producer.plants import PLANTS
from tests.simulation.producer.play import play
from tests.simulation.producer.scenario import scenario

SEEDS = 60
MOST_SEEDS = 400

FOUND_BY = {
    "acknowledged-is-taken-back": 3,
    "end-without-the-spool": 3,
    "late-failures-count": 223,
    "progress-before-rejects": 226,
    "refused-ends-all": 1,
    "settled-when-sent": 4,
    "spool-before-rejects": 63,
    "spool-cleared-when-sent": 3,
    "written-in-place": 17,
}
"""The seeds that find the breakages today; where histories have changed, those behind them do."""


@pytest.mark.robustness("whole histories in virtual time, by seeds")
@pytest.mark.parametrize("part", range(2))
def test_every_promise_holds_in_every_history(part: int) -> None:
    """Whatever brokers, disk and client do, whatever is written, and whenever the process is stopped or killed: every
    line is in Kafka or in the reject file in the end, once and in order where that is promised."""
    found = {seed: played.violation for seed in range(part, SEEDS, 2) if (played := play(scenario(seed))).violation}
    assert found == {}, "play one step by step: make simulate WORLD=producer SEED=..."


@pytest.mark.parametrize("name", sorted(PLANTS))
def test_a_breakage_is_found_within_some_hundred_seeds(name: str) -> None:
    """The simulation is no proof unless it fails where the code is broken."""
    first = FOUND_BY.get(name, 0)
    with planted(name):
        assert any(play(scenario(seed)).violation for seed in range(first, first + MOST_SEEDS))


def test_what_a_client_lost_without_a_word_may_be_overtaken() -> None:
    """It is sent again once nobody may report it any more, behind what the client took since."""
    assert play(scenario(443829)).violation == ""


def test_a_seed_decides_everything() -> None:
    """The same seed plays the same history, call by call, so that a failing one can be looked at."""
    for seed in range(4):
        lines: list[list[str]] = [[], []]
        for each in lines:
            play(scenario(seed), each.append)
        assert lines[0] == lines[1]

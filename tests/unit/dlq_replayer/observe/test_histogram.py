"""An inspect shows counts by kind, and samples."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlq_replayer.observe.histogram import MAX_VALUES, Histogram
from ops.replay.tables import shown
from tests.support.replayer import NOW, letter


def fields(histogram: Histogram) -> dict[str, Any]:
    """Return the histogram's fields by name."""
    return histogram.to_fields()


@given(st.lists(st.integers(0, 200), max_size=150))
def test_every_letter_counts_once_in_each_kind(codigos: list[int]) -> None:
    """Each letter counts once by each kind; beyond a maximum, values are counted as one, so answers stay small."""
    histogram = Histogram(0, bodies=False)
    for offset, number in enumerate(codigos):
        histogram.add(letter(offset, number), NOW)
    for counts in fields(histogram)["histogram"].values():
        assert sum(counts.values()) == len(codigos)
        assert len(counts) <= MAX_VALUES + 1


def test_codes_are_those_of_the_contract() -> None:
    """A code that the dispatcher read counts, whatever the payload is; without one, its codigo does."""
    histogram = Histogram(0, bodies=False)
    for one in (letter(code="STOP", value=b"\x00"), letter(code=7), letter(), letter(value=b"\x00")):
        histogram.add(one, NOW)
    assert fields(histogram)["histogram"]["codigo"] == {"STOP": 1, "7": 1, "300": 1, "none": 1}


def test_ages_are_told_from_the_first_failure() -> None:
    """The age of a letter counts from its first failure, in steps from an hour to more than a week."""
    histogram = Histogram(0, bodies=False)
    for hours in (0, 2, 48, 24 * 8):
        histogram.add(letter(first_failure=NOW - hours * 3_600_000), NOW)
    assert fields(histogram)["histogram"]["age"] == {
        "under 1 h": 1,
        "under 1 day": 1,
        "under 7 days": 1,
        "7 days or more": 1,
    }


def test_samples_have_no_bodies_unless_asked() -> None:
    """Samples show key, value and headers only where the request asks for them."""
    for bodies in (False, True):
        histogram = Histogram(2, bodies=bodies)
        for offset in range(3):
            histogram.add(letter(offset, value=b"secret \xff", key=b"key"), NOW)
        samples = fields(histogram)["samples"]
        assert len(samples) == 2
        assert ("value" in samples[0], "key" in samples[0], "headers" in samples[0]) == (bodies,) * 3
    assert samples[0]["value"].startswith("base64:")
    assert samples[0]["key"] == "key"


@pytest.mark.robustness("letters and documents of any shape")
@pytest.mark.parametrize("value", [b"x" * 700_000, b"\0" * 700_000, "é".encode() * 700_000], ids=range(3))
def test_samples_of_large_letters_fit_into_the_answer(value: bytes) -> None:
    """Whatever letters are and however many are shown, Lambda takes the answer; each sample says what it lacks."""
    histogram = Histogram(50, bodies=True)
    for offset in range(60):
        histogram.add(letter(offset, value=value, error="e" * (offset * 10_000)), NOW)
    samples = fields(histogram)["samples"]
    assert len(json.dumps(samples).encode()) < 5_000_000
    assert [each["id"] for each in samples] == [letter(offset, value=value).id for offset in range(50)]
    assert all(("value" in each) != ("left_out" in each) for each in samples)
    answer: dict[str, Any] = {"action": "inspect", "source": "dlq", "dry_run": False, "stopped": "finished"}
    answer |= {"counts": {}, "remaining": None, "oldest_age_s": None, "foreign": [], "samples": samples[-1:]}
    assert "left_out" in str(answer) and shown(answer)

"""The synthetic source: repeatable, in Pareto proportions, in order per truck."""

import json
from collections import Counter

import pytest

from producer.source.synthetic import SyntheticSource, fleet, ranked_codes

_NOW = 1_795_359_600_123


def _source(seed: str = "a") -> SyntheticSource:
    return SyntheticSource(fleet(200, 5, seed=1), ranked_codes(50), seed)


def test_the_same_seed_repeats_the_run() -> None:
    """Trucks, codes and motion are the same, reading by reading."""
    one, other = _source(), _source()
    for step in range(3):
        assert one.read(500, _NOW + step * 5) == other.read(500, _NOW + step * 5)


def test_another_seed_is_another_run() -> None:
    """Workers of one run have seeds of their own and do not say the same."""
    assert _source("a").read(50, _NOW) != _source("b").read(50, _NOW)


def test_a_fifth_of_the_codes_makes_four_fifths_of_the_traffic() -> None:
    """Measured on what comes out; the urgent code is there, and the rarest."""
    counts = Counter(_source().read(100_000, _NOW).readings.codigos)
    ranked = [count for _, count in counts.most_common()]
    assert sum(ranked[:10]) / 100_000 == pytest.approx(0.8, abs=0.01)
    assert set(counts) == set(range(300, 350))
    assert 0 < counts[300] < 0.01 * 100_000
    assert counts.most_common(1)[0][0] == 301


def test_a_truck_counts_what_it_says() -> None:
    """The sequence of each truck has no gap, so that order can be proved downstream."""
    said: dict[str, list[int]] = {}
    readings = _source().read(5_000, _NOW).readings
    for truck_id, members in zip(readings.truck_ids, readings.members, strict=True):
        fields = json.loads(f"{{{members}}}")
        assert fields["truck_id"] == truck_id
        said.setdefault(truck_id, []).append(fields["sequence"])
    assert all(sequence == list(range(1, len(sequence) + 1)) for sequence in said.values())
    assert len(said) == 200


def test_readings_have_the_time_they_are_read() -> None:
    """As the contract writes it."""
    assert set(_source().read(10, _NOW).readings.occurred_ats) == {"2026-11-22T15:00:00.123Z"}

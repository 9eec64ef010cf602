"""Acknowledged messages: nothing noted is forgotten or counted twice, whenever it is counted."""

from collections import Counter
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from producer.metrics.acks import Acks

_places = st.tuples(st.sampled_from(["mt-c300", "mt-c400"]), st.integers(0, 11))


@given(st.lists(st.lists(_places, max_size=20), max_size=10))
def test_every_acknowledgement_counts_once(intervals: list[list[tuple[str, int]]]) -> None:
    """By topic and partition since the start, however often somebody asks."""
    acks = Acks()
    for interval in intervals:
        for topic, number in interval:
            acks.noter(topic)(number)
        acks.by_partition()
    expected = Counter(f"{topic}-{number}" for interval in intervals for topic, number in interval)
    assert acks.by_partition() == expected
    assert list(acks.by_partition()) == [
        f"{topic}-{number}" for topic, number in sorted({*chain.from_iterable(intervals)})
    ]


def test_many_are_counted_in_passing() -> None:
    """A producer that nobody asks for figures does not keep what it noted."""
    acks = Acks()
    for _ in range(4_999):
        acks.noter("t")(0)
    acks.count_many()
    assert len(acks._noted["t"]) == 4_999
    acks.noter("u")(0)
    acks.count_many()
    assert not any(acks._noted.values())
    assert acks.by_partition() == {"t-0": 4_999, "u-0": 1}


def test_latencies_are_told_once() -> None:
    """In milliseconds, and since they were last asked for."""
    acks = Acks()
    acks.note_latency(0.030)
    assert 28.5 < acks.latencies().percentiles([50])[0] < 31.5
    assert acks.latencies().percentiles([50]) == [0.0]

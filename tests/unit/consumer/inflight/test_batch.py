"""Batches hold every record once, in order, within the mapping's limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.event import partition_bytes
from consumer.inflight.batch import BatchLimits, Buffer
from tests.support.kafka_records import ids, record


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 400)), max_size=60),
    st.integers(1, 20),
    st.integers(300, 2000),
)
def test_batches_stay_in_bounds_and_hold_every_record_once_in_order(
    arrivals: list[tuple[int, int]], most: int, payload: int
) -> None:
    """Any arrivals, cut by any bounds: no batch is too large, none is empty, and each partition's order holds."""
    buffer = Buffer(BatchLimits(most, 0, payload))
    for offset, (partition, size) in enumerate(arrivals):
        buffer.add(record(f"t-{partition}", offset, size), now=0)
    taken = []
    while buffer.waiting()[0]:
        assert buffer.ready(0)
        batch = buffer.take()
        names = {each.partition for each in batch}
        assert 0 < len(batch) <= most
        assert len(batch) == 1 or sum(each.size for each in batch) + sum(map(partition_bytes, names)) <= payload
        taken += batch
    for partition in range(4):
        expected = [offset for offset, (each, _) in enumerate(arrivals) if each == partition]
        assert [each.offset for each in taken if each.partition == f"t-{partition}"] == expected
    assert buffer.waiting() == (0, 0)


def test_the_window_closes_a_batch_and_not_before() -> None:
    """A lone record waits its window, no less and no more."""
    buffer = Buffer(BatchLimits(100, 0.5, 10_000))
    assert not buffer.ready(99)
    buffer.add(record("t-0", 1), now=10)
    assert not buffer.ready(10.49)
    assert buffer.ready(10.5)


def test_it_is_known_how_long_a_window_still_is() -> None:
    """Who waits for a batch knows how long; where nothing may go there is nothing to wait for."""
    buffer = Buffer(BatchLimits(100, 0.5, 10**6))
    assert buffer.due_in(9.0) is None
    buffer.add(record("t-0", 0), now=9.0)
    buffer.add(record("t-1", 0), now=9.3)
    assert buffer.due_in(9.1) == pytest.approx(0.4)
    assert buffer.due_in(9.1, {"t-0"}) == pytest.approx(0.7)
    assert buffer.due_in(9.1, {"t-0", "t-1"}) is None
    assert buffer.due_in(11.0) == 0


def test_size_and_payload_close_a_batch_at_once() -> None:
    """Neither bound waits for the window."""
    for bounds in (BatchLimits(2, 300, 10_000), BatchLimits(100, 300, 200)):
        buffer = Buffer(bounds)
        buffer.add(record("t-0", 1), now=0)
        assert not buffer.ready(0)
        buffer.add(record("t-1", 1), now=0)
        assert buffer.ready(0)


def test_a_blocked_partition_neither_makes_nor_joins_a_batch() -> None:
    """Its records stay where they are until it is free."""
    buffer = Buffer(BatchLimits(10, 0, 10_000))
    buffer.add(record("t-0", 1), now=0)
    assert not buffer.ready(1, blocked={"t-0"})
    buffer.add(record("t-1", 1), now=0)
    assert ids(buffer.take({"t-0"})) == [("t-1", 1)]
    assert ids(buffer.take()) == [("t-0", 1)]


def test_a_hot_partition_does_not_starve_the_others() -> None:
    """After a full batch of one partition the next batch begins with another."""
    buffer = Buffer(BatchLimits(5, 0, 100_000))
    for offset in range(50):
        buffer.add(record("hot-0", offset), now=0)
    buffer.add(record("cold-0", 1), now=0)
    assert {each.partition for each in buffer.take()} == {"hot-0"}
    assert ("cold-0", 1) in ids(buffer.take())

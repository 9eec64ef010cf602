"""Queue mode gives a partition's records to several invocations, in no order, and loses and commits none too early."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.event import ConsumedRecord
from consumer.inflight.batch import BatchLimits, RecordBatch
from consumer.inflight.queue_mode import QueueInFlight
from consumer.inflight.retry import RetryPolicy, RetryQueue
from tests.support.kafka_records import ids, record


def queue(random: Random, most: int = 5, max_in_flight: int = 1_000, attempts: int = -1) -> QueueInFlight:
    retries = RetryQueue(RetryPolicy(attempts), random.random)
    found = QueueInFlight(BatchLimits(most, 0, 10**6), retries, max_in_flight, random.random)
    found.concurrency = 4
    return found


def test_a_partition_has_several_batches_in_flight_in_no_order() -> None:
    """As many as there are invocations, of records that lie between one another; each batch by offset."""
    subject = queue(Random(1))
    subject.add([record("t-0", offset) for offset in range(40)], 0, 0)
    batches = [subject.next_batch(0) for _ in range(5)]
    assert batches[4] is None
    offsets = [[each.offset for each in batch.records] for batch in batches if batch is not None]
    assert [len(each) for each in offsets] == [5] * 4
    assert len({offset for batch in offsets for offset in batch}) == 20
    assert all(batch == sorted(batch) for batch in offsets)
    assert any(first[-1] > second[0] for first, second in pairwise(offsets))


def test_each_failed_record_comes_again_by_itself() -> None:
    """What the function did not answer for keeps nothing waiting, and each has its own number of deliveries."""
    subject = queue(Random(2), most=3, attempts=1)
    subject.concurrency = 1
    subject.add([record("t-0", offset) for offset in range(3)], 0, 0)
    batch = subject.next_batch(0)
    assert batch is not None
    subject.settle(batch, batch.records, 0, 0, function_error=True)
    subject.add([record("t-0", 3)], 0, 0)
    other = subject.next_batch(0)
    assert other is not None
    assert ids(other.records) == [("t-0", 3)]
    assert subject.settle(other, other.records, 0, 0) == []
    again = subject.next_batch(60)
    assert again is not None
    assert len(again.records) == 3
    exhausted = subject.settle(again, again.records[1:], 60, 60)
    assert ids(exhausted) == ids(again.records[1:])
    subject.finish(exhausted)
    assert subject.retrying == 1


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@given(st.integers(0, 10**9), st.integers(1, 30), st.integers(1, 40), st.integers(1, 6))
def test_nothing_is_lost_or_committed_too_early(seed: int, max_in_flight: int, records: int, most: int) -> None:
    """Whatever fails and however invocations end: no position passes an undone record, nothing is invoked past the
    limit or twice at once, nothing waits for ever."""
    random = Random(seed)
    subject = queue(random, most, max_in_flight)
    subject.add([record(f"t-{offset % 2}", offset) for offset in range(records)], 0, 0)
    done, running, now = set[tuple[str, int]](), list[RecordBatch](), 0.0
    for turn in range(2_000):
        now += random.random()
        if (batch := subject.next_batch(now)) is not None:
            under_way = {each for other in running for each in ids(other.records)}
            assert not under_way & set(ids(batch.records))
            assert all(offset < subject.positions()[name] + max_in_flight for name, offset in ids(batch.records))
            running.append(batch)
        if running and (batch is None or random.random() < 0.5):
            ended = running.pop(random.randrange(len(running)))
            silent = turn < 30 and random.random() < 0.3
            failed = [each for each in ended.records if silent or (turn < 30 and random.random() < 0.3)]
            subject.settle(ended, failed, now, now, function_error=silent)
            done |= set(ids(ended.records)) - set(ids(failed))
        for name, position in subject.positions().items():
            assert all((name, offset) in done for offset in range(position) if f"t-{offset % 2}" == name)
        if not running and len(done) == records:
            assert subject.retrying == 0
            assert subject.fresh() == (0, 0)
            return
    raise AssertionError("something waits for ever")


def test_a_batch_keeps_to_its_limits() -> None:
    """Records and bytes, over any partitions; one that is too large for any batch goes alone."""
    subject = QueueInFlight(BatchLimits(10, 0, 1_000), RetryQueue(RetryPolicy(), lambda: 0.5), 1_000, Random(3).random)
    subject.concurrency = 20
    sizes = {("t-0", 0): 5_000} | {(f"t-{number % 3}", number): 300 for number in range(1, 12)}
    subject.add([record(name, offset, size) for (name, offset), size in sizes.items()], 0, 0)
    seen: list[ConsumedRecord] = []
    while (batch := subject.next_batch(0)) is not None:
        total = sum(each.size for each in batch.records)
        assert total <= 1_000 or len(batch.records) == 1
        seen += batch.records
    assert sorted(ids(seen)) == sorted(sizes)

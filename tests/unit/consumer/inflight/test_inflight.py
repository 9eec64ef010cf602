"""Nothing is committed before it is done, and a partition has one batch in flight."""

from collections import defaultdict
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.event import ConsumedRecord
from consumer.inflight.batch import BatchLimits, RecordBatch
from consumer.inflight.inflight import InFlight, RetryMode
from consumer.inflight.retry import RetryPolicy, RetryQueue
from tests.support.kafka_records import ids, record


def in_flight(mode: RetryMode = RetryMode.FAILED, policy: RetryPolicy | None = None, most: int = 5) -> InFlight:
    return InFlight(BatchLimits(most, 0, 10**6), mode, RetryQueue(policy or RetryPolicy(), lambda: 0.5))


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@settings(deadline=None)
@given(st.sampled_from(RetryMode), st.lists(st.integers(0, 2), max_size=30), st.data())
def test_nothing_is_committed_past_an_undone_record_and_all_is_done_in_the_end(
    mode: RetryMode, arrivals: list[int], data: st.DataObject
) -> None:
    """In every mode, whatever fails: no position passes an undone record, and once nothing fails all is committed."""
    subject = in_flight(mode)
    succeeded: set[tuple[str, int]] = set()
    added: dict[str, list[int]] = defaultdict(list)
    now = 0.0
    for offset, partition in enumerate(arrivals):
        subject.add([record(f"t-{partition}", offset)], now, 0)
        added[f"t-{partition}"].append(offset)
        if data.draw(st.booleans()):
            now += 1
            batch = subject.next_batch(now)
            if batch is not None:
                failed = [each for each in batch.records if data.draw(st.booleans())]
                assert subject.settle(batch, failed, now, now) == []
                succeeded |= set(ids(batch.records)) - set(ids(failed))
        for name, position in subject.positions().items():
            assert all((name, each) in succeeded for each in added[name] if each < position)
    for _ in range(200):
        now += 100
        if (batch := subject.next_batch(now)) is not None:
            subject.settle(batch, [], now, now)
    assert subject.positions() == {name: offsets[-1] + 1 for name, offsets in added.items()}
    assert subject.retrying == 0


def test_one_batch_at_a_time() -> None:
    """While one is in flight nothing else is invoked, so no partition has two invocations."""
    subject = in_flight()
    subject.add([record("t-0", 1)], 0, 0)
    assert subject.next_batch(0) is not None
    subject.add([record("t-1", 1)], 0, 0)
    assert subject.next_batch(9) is None


@settings(deadline=None)
@given(st.sampled_from(RetryMode), st.integers(0, 4), st.data())
def test_retries_count_by_delivery(mode: RetryMode, limit: int, data: st.DataObject) -> None:
    """What comes again counts for each record in it: one that is given up came once and `limit` times more, and none
    comes more often. Where a batch comes again whole it is given up whole, with what had succeeded."""
    subject = in_flight(mode, RetryPolicy(maximum_attempts=limit))
    subject.add([record("t-0", offset) for offset in range(5)], 0, 0)
    came: dict[int, int] = defaultdict(int)
    given_up: set[int] = set()
    now = 0.0
    while (batch := subject.next_batch(now)) is not None:
        for each in batch.records:
            came[each.offset] += 1
        failed = [each for each in batch.records if data.draw(st.booleans())]
        discarded = subject.settle(batch, failed, now, now)
        given_up |= {each.offset for each in discarded}
        if mode is RetryMode.BATCH and discarded:
            assert discarded == batch.records
        subject.finish(discarded)
        now += 100
    assert {came[offset] for offset in given_up} <= {limit + 1}
    assert max(came.values()) <= limit + 1
    assert subject.positions() == {"t-0": 5}


def fail_third_of_five(mode: RetryMode) -> InFlight:
    subject = in_flight(mode)
    subject.add([record("t-0", offset) for offset in range(5)] + [record("t-1", 0)], 0, 0)
    batch = subject.next_batch(0)
    assert batch is not None
    assert ids(batch.records) == [("t-0", offset) for offset in range(5)]
    subject.settle(batch, [batch.records[2]], 0, 0)
    return subject


@pytest.mark.parametrize(
    ("mode", "again"),
    [(RetryMode.FAILED, [2]), (RetryMode.LOWEST, [2, 3, 4]), (RetryMode.BATCH, [0, 1, 2, 3, 4])],
)
def test_each_mode_redelivers_its_own(mode: RetryMode, again: list[int]) -> None:
    """Only the failed one; all from it on; the whole batch."""
    subject = fail_third_of_five(mode)
    assert subject.positions()["t-0"] == again[0]
    batch = subject.next_batch(100)
    assert batch is not None
    assert ids(batch.records) == [("t-0", offset) for offset in again]
    assert batch.attempt == 2


def test_others_go_on_in_mode_failed_and_wait_in_the_other_modes() -> None:
    """Later records pass a failed one of their partition only in mode `failed`; other partitions always go on."""
    for mode, later in ((RetryMode.FAILED, True), (RetryMode.LOWEST, False), (RetryMode.BATCH, False)):
        subject = fail_third_of_five(mode)
        subject.add([record("t-0", 5)], 0, 0)
        batch = subject.next_batch(0.01)
        assert batch is not None
        assert set(ids(batch.records)) == {("t-1", 0)} | ({("t-0", 5)} if later else set())


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
@pytest.mark.parametrize("mode", RetryMode)
def test_no_record_passes_one_that_the_function_did_not_answer_for(mode: RetryMode) -> None:
    """In every mode, with bisect or without: while the function has said nothing of a record, it knows nothing of it,
    and later records of its partition wait; and nothing waits for ever."""
    for seed in range(150):
        _answer_at_random(mode, Random(seed))


def _answer_at_random(mode: RetryMode, random: Random) -> None:
    limits, retries = BatchLimits(random.randint(1, 6), 0, 10**6), RetryQueue(RetryPolicy(), random.random)
    subject = InFlight(limits, mode, retries, concurrency=3, bisect=random.random() < 0.5)
    arrivals = [random.randint(0, 2) for _ in range(random.randint(1, 20))]
    subject.add([record(f"t-{partition}", offset) for offset, partition in enumerate(arrivals)], 0, 0)
    troubled, now, answered = random.randint(0, 30), 0.0, set[tuple[str, int]]()
    running: list[RecordBatch] = []
    for turn in range(2_000):
        now += random.random()
        if (batch := subject.next_batch(now)) is not None:
            running.append(batch)
            for name, offset in ids(batch.records):
                earlier = {(name, place) for place in range(offset) if f"t-{arrivals[place]}" == name}
                assert earlier <= answered | set(ids(batch.records))
        if running:
            ended = running.pop(random.randrange(len(running)))
            answer = random.choice(["unanswered", "unreached", "partial", "done"]) if turn < troubled else "done"
            silent = answer.startswith("un")
            failed = [one for one in ended.records if silent or (answer == "partial" and random.random() < 0.5)]
            if not silent:
                answered.update(ids(ended.records))
            subject.settle(ended, failed, now, now, counted=answer != "unreached", function_error=silent)
        elif batch is None and subject.retrying == 0 and subject.fresh() == (0, 0):
            assert len(answered) == len(arrivals)
            return
    raise AssertionError("something waits for ever")


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
def test_discarded_records_are_undone_until_they_are_written() -> None:
    """The position waits for the on-failure destination."""
    subject = in_flight(policy=RetryPolicy(maximum_attempts=0))
    subject.add([record("t-0", 0), record("t-0", 1)], 0, 0)
    batch = subject.next_batch(0)
    assert batch is not None
    discarded = subject.settle(batch, batch.records[:1], 0, 0)
    assert ids(discarded) == [("t-0", 0)]
    assert subject.positions() == {"t-0": 0}
    subject.finish(discarded)
    assert subject.positions() == {"t-0": 2}


def test_what_could_not_be_discarded_comes_again() -> None:
    """A destination that is down keeps its records in the mapping, and their partition waits for the answer alone."""
    subject = in_flight(policy=RetryPolicy(maximum_attempts=0))
    subject.add([record("t-0", 0), record("t-0", 1)], 0, 0)
    batch = subject.next_batch(0)
    assert batch is not None
    subject.discard(batch, subject.settle(batch, [record("t-0", 0)], 0, 0))
    subject.add([record("t-0", 2), record("t-1", 0)], 0, 0)
    beside = subject.next_batch(0)
    assert beside is not None
    assert ids(beside.records) == [("t-1", 0)]
    subject.settle(beside, [], 0, 0)
    assert subject.next_batch(4) is None
    assert (subject.awaits(frozenset({"t-0"})), subject.awaits(frozenset({"t-1"}))) == (True, False)
    assert subject.discarded(batch.number, due=5, written=False) == 0
    assert subject.positions()["t-0"] == 0
    later = subject.next_batch(4)
    assert later is not None
    assert ids(later.records) == [("t-0", 2)]
    subject.settle(later, [], 4, 4)
    again = subject.next_batch(5)
    assert again is not None
    assert ids(again.records) == [("t-0", 0)]
    subject.discard(again, subject.settle(again, again.records, 5, 5))
    assert subject.discarded(again.number, due=10, written=True) == 1
    assert subject.positions()["t-0"] == 3


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
def test_a_partition_that_left_is_not_discarded_from() -> None:
    """A recreated topic has other records at these offsets: they are not done."""
    subject = in_flight(policy=RetryPolicy(maximum_attempts=0))
    subject.add([record("t-0", 0), record("t-1", 0)], 0, 0)
    batch = subject.next_batch(0)
    assert batch is not None
    subject.discard(batch, subject.settle(batch, batch.records, 0, 0))
    subject.forget("t-0")
    subject.add([record("t-0", 0)], 0, 0)
    assert subject.discarded(batch.number, due=5, written=True) == 1
    assert subject.positions() == {"t-0": 0, "t-1": 1}


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
def test_a_revoked_partition_is_forgotten_in_flight_too() -> None:
    """A result that comes after the partition left, and even came back, moves nothing."""
    subject = in_flight()
    subject.add([record("t-0", 0), record("t-1", 0)], 0, 0)
    batch = subject.next_batch(0)
    assert batch is not None
    subject.forget("t-0")
    subject.add([record("t-0", 0)], 0, 0)
    subject.settle(batch, [], 0, 0)
    assert subject.positions() == {"t-0": 0, "t-1": 1}
    batch = subject.next_batch(1)
    assert batch is not None
    assert ids(batch.records) == [("t-0", 0)]


@pytest.mark.robustness("offsets that go back, partitions that are lost, bounds at their least")
def test_a_rewound_partition_starts_over() -> None:
    """When the fetch goes back (a recreated topic), its records are delivered, and the position goes back too."""
    subject = in_flight()
    subject.add([record("t-0", 100)], 0, 0)
    batch = subject.next_batch(0)
    assert batch is not None
    assert subject.add([record("t-0", 0)], 0, 0) == {"t-0"}
    subject.settle(batch, [], 0, 0)
    assert subject.positions() == {"t-0": 0}


def test_what_a_filter_leaves_out_counts_as_handled() -> None:
    """It is never in a batch, and the commit goes past it, also when it is all that there is."""
    in_flight = InFlight(BatchLimits(10, 0, 10**6), RetryMode.FAILED, RetryQueue(RetryPolicy(), lambda: 0.5), keep=odd)
    in_flight.add([record("t-0", n) for n in range(5)] + [record("t-1", 2)], 0.0, 0)
    batch = in_flight.next_batch(0.0)
    assert batch is not None
    assert ids(batch.records) == [("t-0", 1), ("t-0", 3)]
    assert in_flight.positions() == {"t-0": 1, "t-1": 3}
    in_flight.settle(batch, [], 0.0, 0.0)
    assert in_flight.positions() == {"t-0": 5, "t-1": 3}
    assert in_flight.filtered == 4


def odd(each: ConsumedRecord) -> bool:
    return each.offset % 2 == 1


@pytest.mark.robustness("clocks that jump or are wrong")
def test_a_record_has_waited_since_its_timestamp_or_since_it_came() -> None:
    """Without a timestamp, or with one that is ahead of our clock, it has waited since it was fetched, not for ever."""
    times = {"t-0": 4_000, "t-1": -1, "t-2": 6_000, "t-3": 0}
    subject = in_flight()
    subject.add([record(partition, 7, timestamp=timestamp) for partition, timestamp in times.items()], 0, 5_000)
    assert subject.oldest_ms() == {"t-0": 4_000, "t-1": 5_000, "t-2": 5_000, "t-3": 0}


def test_what_has_waited_longest_is_the_first_that_is_not_done() -> None:
    """Records done behind it change nothing; once it is done the next one counts, and none when all are done."""
    subject = in_flight()
    subject.add([record("t-0", offset, timestamp=1_000 + offset) for offset in range(3)], 0, 5_000)
    batch = subject.next_batch(0)
    assert batch is not None
    assert subject.settle(batch, batch.records[:1], 0, 5_000) == []
    assert subject.oldest_ms() == {"t-0": 1_000}
    again = subject.next_batch(60)
    assert again is not None
    subject.settle(again, [], 60, 65_000)
    assert subject.oldest_ms() == {}


def test_records_invoked_again_are_counted() -> None:
    """Those of a retry, whatever failed before; fresh ones are not."""
    subject = in_flight()
    subject.add([record("t-0", 0), record("t-0", 1)], 0, 0)
    batch = subject.next_batch(0)
    assert batch is not None
    assert subject.retried == 0
    subject.settle(batch, batch.records, 0, 0, counted=False)
    assert subject.next_batch(60) is not None
    assert subject.retried == 2

"""The mapping ends with everything handled and committed, whatever its options, its function and its group do."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.failure import ServiceFailedError
from consumer.inflight.batch import BatchLimits
from consumer.inflight.inflight import RetryMode
from consumer.inflight.pollers import PollerLimits
from consumer.inflight.retry import RetryPolicy
from consumer.invoke.invocations import GRACE_S
from consumer.invoke.invoke import InvocationError
from consumer.mapping import LAST_COMMIT_S
from consumer.on_failure.destination import DirectoryDestination, NotWrittenError
from tests.support.consumer import FakeFunction, SimulatedConsumer
from tests.support.examples import examples
from tests.support.faulty_disk import sound_disk

ENDS = {"t-0": 40, "t-1": 25, "t-2": 1}


def failing(*records: tuple[str, int]) -> Any:
    """Return a response that names these records."""
    return {"batchItemFailures": [{"itemIdentifier": {"partition": name, "offset": at}} for name, at in records]}


def handled(world: SimulatedConsumer) -> Counter[tuple[str, int]]:
    """Return how often each record was invoked."""
    return Counter(each for batch in world.function.batches for each in batch)


EXTREMES: Sequence[Sequence[Any]] = (
    [1, 2, 10_000_000],
    [1, 10_000],
    [0, 300],
    [1, 6 * 1024 * 1024],
    list(RetryMode),
    [1, 5],
)
"""Least and most of each limit, in the order of the test's arguments."""

SHARE = 1 if examples(100) == 100 else 3
"""All combinations, or a third of them that still has each combination of all limits but the first or the mode."""

COMBINATIONS = [
    [values[at] for values, at in zip(EXTREMES, chosen, strict=True)]
    for chosen in product(*(range(len(values)) for values in EXTREMES))
    if sum(chosen) % SHARE == 0
]


@pytest.mark.robustness("a loop or an invoker that stands still")
@pytest.mark.parametrize(
    ("max_in_flight", "batch_size", "window_s", "payload", "mode", "concurrency"),
    COMBINATIONS,
)
def test_no_allowed_limits_stand_still(
    max_in_flight: int, batch_size: int, window_s: float, payload: int, mode: RetryMode, concurrency: int
) -> None:
    """Each combination of least and most handles and commits everything, with a failure on the way, and does not
    pause for each record."""
    failed: set[tuple[str, int]] = set()

    def answer(batch: Sequence[tuple[str, int]]) -> Any:
        once = [each for each in batch if each[1] == 7 and each not in failed]
        failed.update(once)
        return failing(*once)

    limits = BatchLimits(batch_size, window_s, payload)
    world = SimulatedConsumer(
        {"t-0": 520, "t-1": 30, "t-2": 1},
        FakeFunction(answer),
        limits=limits,
        mode=mode,
        max_in_flight=max_in_flight,
        concurrency=concurrency,
        idle_s=window_s / 300,
    )
    world.run(lambda: world.is_done, within_s=4 * window_s * (1 if batch_size > 1 else 0) + 600)
    assert len(handled(world)) == 551
    assert world.client.fetches < 50


def test_a_batch_begins_when_the_one_before_it_ends() -> None:
    """The end of an invocation is waited for, not noticed after a poll: 40 batches of 3 ms take 40 times 3 ms."""
    limits = BatchLimits(100, 0, 6 * 1024 * 1024)
    world = SimulatedConsumer({"t-0": 40}, limits=limits, max_in_flight=1, seconds=0.003)
    began = world.time.at
    world.run(lambda: len(handled(world)) == 40)
    assert world.time.at - began < 40 * 0.003 + 0.06


@pytest.mark.parametrize("window_s", [0, 0.003, 0.507])
def test_a_window_ends_when_it_is_over(window_s: float) -> None:
    """A record that comes to an idle mapping is invoked after its window, which no poll's own time rounds up."""
    world = SimulatedConsumer({"t-0": 0}, limits=BatchLimits(100, window_s, 6 * 1024 * 1024))
    invoked: list[float] = []
    world.function.answer = lambda _: invoked.append(world.time.at)
    came: list[float] = []

    def come() -> bool:
        if not came and world.time.at > 1_000.05:
            came.append(world.time.at)
            world.client.ends["t-0"] = 1
        return bool(invoked)

    world.run(come)
    assert invoked[0] - came[0] == pytest.approx(window_s, abs=0.001)


@given(st.integers(1, 8), st.integers(1, 60), st.sampled_from([1, 3]))
@settings(deadline=None)
def test_no_more_than_the_limit_is_invoked_past_the_commit(max_in_flight: int, poison: int, concurrency: int) -> None:
    """With a record that never succeeds, its partition is invoked up to the limit past it, and others to their end."""
    world = SimulatedConsumer(
        {"t-0": 100, "t-1": 30},
        FakeFunction(lambda batch: failing(*[each for each in batch if each == ("t-0", poison)])),
        max_in_flight=max_in_flight,
        limits=BatchLimits(100, 0, 6 * 1024 * 1024),
        concurrency=concurrency,
    )
    world.run(lambda: world.time.at > 1_020)
    expected = {("t-0", at) for at in range(min(100, poison + max_in_flight))} | {("t-1", at) for at in range(30)}
    assert set(handled(world)) == expected
    assert world.client.group["t-0"] == poison


@given(st.sampled_from(RetryMode), st.sampled_from([1, 2, 5]), st.data())
@settings(deadline=None, max_examples=examples(60))
def test_a_partition_never_has_two_batches_in_flight(mode: RetryMode, concurrency: int, data: st.DataObject) -> None:
    """However many invocations run, whatever fails, the batches in flight share no partition, and all is handled."""
    limits = BatchLimits(10, 0.1, 10**6)
    world = SimulatedConsumer(
        {f"t-{n}": 30 for n in range(6)}, limits=limits, mode=mode, concurrency=concurrency, seconds=0.3
    )
    budget = [20]
    most = 0

    def answer(batch: Sequence[tuple[str, int]]) -> Any:
        nonlocal most
        running = [each.partitions for each in world.in_flight.running]
        assert sum(map(len, running)) == len(frozenset().union(*running))
        most = max(most, len(running))
        if budget[0] > 0 and data.draw(st.booleans()):
            budget[0] -= 1
            if data.draw(st.booleans()):
                raise InvocationError("down")
            return failing(batch[0])
        return {}

    world.function.answer = answer
    world.run(lambda: world.is_done)
    assert most <= concurrency


def test_concurrent_invocations_do_not_wait_for_one_another() -> None:
    """Five partitions, each with a batch of a second, take one second and not five."""
    world = SimulatedConsumer(
        {f"t-{n}": 10 for n in range(5)}, limits=BatchLimits(10, 0, 10**6), concurrency=5, seconds=1
    )
    started = world.time.at
    world.run(lambda: world.is_done)
    assert world.time.at - started < 2.5


@pytest.mark.parametrize("mode", RetryMode)
def test_pollers_follow_the_lag_and_keep_each_partitions_order(mode: RetryMode) -> None:
    """A backlog of many partitions gets as many pollers as it keeps busy, within the maximum, and they go a minute
    after it; no partition has two batches meanwhile, and each one's records come in order."""
    world = SimulatedConsumer(
        {f"t-{n}": 40 for n in range(8)},
        limits=BatchLimits(2, 0, 10**6),
        mode=mode,
        pollers=PollerLimits(1, 3, 2),
        seconds=1,
        idle_s=0.5,
    )

    def answer(batch: Sequence[tuple[str, int]]) -> None:
        running = [each.partitions for each in world.in_flight.running]
        assert sum(map(len, running)) == len(frozenset().union(*running))

    world.function.answer = answer
    world.run(lambda: world.is_done and world.lines[-1]["pollers"] == 1)
    assert world.lines[0]["pollers"] == 1
    assert max(line["in_flight"] for line in world.lines) == 6
    assert max(line["pollers"] for line in world.lines) == 3
    done = max(place for place, line in enumerate(world.lines) if line["lag_total"])
    assert {line["pollers"] for line in world.lines[done : done + 40]} == {3}
    for name in world.client.ends:
        offsets = [at for batch in world.function.batches for partition, at in batch if partition == name]
        assert offsets == list(range(40))


def test_a_function_that_is_not_reached_is_asked_by_fewer() -> None:
    """While it is throttled the pollers go down to the minimum, and come back when it is not."""
    world = SimulatedConsumer(
        {f"t-{n}": 200 for n in range(8)},
        limits=BatchLimits(1, 0, 10**6),
        pollers=PollerLimits(1, 4, 2),
        policy=RetryPolicy(base_s=5, cap_s=5),
        seconds=1,
        idle_s=0.5,
    )

    def answer(batch: Sequence[tuple[str, int]]) -> None:
        if 1_020 < world.time.at < 1_060:
            raise InvocationError("Rate exceeded", reached=False)

    world.function.answer = answer
    world.run(lambda: world.time.at > 1_080)
    counts = {round(line["at"] - 1_000): line["pollers"] for line in world.lines}
    assert (counts[15], counts[40], counts[75]) == (4, 1, 4)


@pytest.mark.robustness("a group and a client that break")
def test_a_revoked_partition_is_waited_for_and_committed() -> None:
    """The batch in flight ends within the wait of a rebalance, and is committed before the partition leaves."""
    world = SimulatedConsumer({"t-0": 10, "t-1": 10}, seconds=2, limits=BatchLimits(100, 0, 10**6))
    revoked: list[float] = []

    def stopped() -> bool:
        if world.in_flight.running and not revoked:
            world.client.revoke(["t-0"])
            revoked.append(world.time.at)
        return bool(revoked) and not world.in_flight.running

    world.run(stopped)
    assert world.client.group == {"t-0": 10, "t-1": 10}


@pytest.mark.robustness("a group and a client that break")
def test_a_revoke_does_not_wait_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    """A batch that outlasts the wait is redelivered to the partition's next owner: nothing of it is committed."""
    world = SimulatedConsumer({"t-0": 10}, seconds=20, revoke_s=1, limits=BatchLimits(100, 0, 10**6))
    revoked: list[float] = []

    def stopped() -> bool:
        if world.in_flight.running and not revoked:
            world.client.revoke(["t-0"])
            revoked.append(world.time.at)
        return bool(revoked) and not world.client.assigned

    world.run(stopped)
    assert "t-0" not in world.client.group or world.client.group["t-0"] == 0
    assert "did not end within 1 s" in caplog.text


@pytest.mark.robustness("a group and a client that break")
def test_a_wait_for_the_function_is_no_standstill() -> None:
    """While batches in flight end, for a stop or a rebalance, the service tells each second that it lives."""
    world = SimulatedConsumer({"t-0": 1}, seconds=300, timeout_s=840)
    world.run(lambda: bool(world.function.batches))
    assert world.is_done
    assert world.turns >= 300


@pytest.mark.robustness("a group and a client that break")
def test_a_lost_partition_commits_nothing() -> None:
    """What was in flight of it belongs to another consumer now."""
    world = SimulatedConsumer({"t-0": 10}, seconds=2, limits=BatchLimits(100, 0, 10**6))
    lost: list[float] = []

    def stopped() -> bool:
        if world.in_flight.running and not lost:
            world.client.revoke(["t-0"], lost=True)
            lost.append(world.time.at)
        return bool(lost) and world.time.at > lost[0] + 10

    world.run(stopped)
    assert world.client.group.get("t-0", 0) == 0


@pytest.mark.robustness("a group and a client that break")
def test_a_stop_does_not_wait_for_a_broker_that_does_not_answer() -> None:
    """The last commit has its time, and nothing waits for another one after that: the records are redelivered."""
    world = SimulatedConsumer({"t-0": 10}, limits=BatchLimits(10, 0, 10**6))
    stopped_at: list[float] = []

    def stopped() -> bool:
        if world.in_flight.positions().get("t-0") and not stopped_at:
            world.client.commit_error, world.client.commit_s = KafkaError(KafkaError._TIMED_OUT), 60.0
            stopped_at.append(world.time.at)
        return bool(stopped_at)

    world.run(stopped)
    assert world.client.closed
    assert LAST_COMMIT_S <= world.time.at - stopped_at[0] <= LAST_COMMIT_S + 1


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_a_dead_invoker_ends_the_service_and_commits_what_is_done() -> None:
    """Without its invoker the service would own partitions and consume nothing; the stop waits for nobody."""
    world = SimulatedConsumer(ENDS, seconds=0.01)

    def kill() -> bool:
        if world.is_done:
            world.client.ends["t-0"] += 10
            world.threads.alive = False
        return False

    with pytest.raises(ServiceFailedError, match="thread"):
        world.run(kill)
    assert world.client.closed
    assert world.client.group == ENDS
    assert world.time.at < 1_000 + 60


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_an_invocation_that_never_ends_ends_the_service() -> None:
    """Past its timeout and a grace, a call in this process can only be ended with it."""
    world = SimulatedConsumer(ENDS, seconds=10_000, timeout_s=30)
    with pytest.raises(ServiceFailedError, match="CONSUMER_FUNCTION_TIMEOUT_S"):
        world.run(lambda: False)
    assert 30 + GRACE_S <= world.time.at - 1_000 < 30 + GRACE_S + 10


@pytest.mark.robustness("a group and a client that break")
@pytest.mark.parametrize(
    "code", [KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID, KafkaError.TOPIC_AUTHORIZATION_FAILED]
)
def test_a_lasting_error_of_the_client_ends_the_service(code: int) -> None:
    """It comes in the place of a message; the group is left, and what is done is committed."""
    world = SimulatedConsumer(ENDS)

    def break_it() -> bool:
        if world.is_done:
            world.client.errors.append(KafkaError(code))
        return False

    with pytest.raises(ServiceFailedError, match="cannot go on"):
        world.run(break_it)
    assert world.client.closed
    assert world.threads.stopped


class Refusing(DirectoryDestination):
    """A destination that refuses its first documents."""

    def __init__(self, root: Path, times: int) -> None:
        super().__init__(root, sound_disk())
        self.left = times

    def write(self, key: str, document: bytes) -> None:
        if self.left:
            self.left -= 1
            raise NotWrittenError("away")
        super().write(key, document)


@pytest.mark.robustness("a group and a client that break")
def test_discarded_records_are_written_before_they_are_committed(tmp_path: Path) -> None:
    """While the destination refuses, the commit stays below the record, which is retried; then it goes past it."""
    world = SimulatedConsumer(
        {"t-0": 20},
        FakeFunction(lambda batch: failing(*[each for each in batch if each[1] == 5])),
        policy=RetryPolicy(maximum_attempts=2),
        destination=(refusing := Refusing(tmp_path, 2)),
    )
    below = True

    def stopped() -> bool:
        nonlocal below
        below = below and (refusing.left == 0 or world.client.group.get("t-0", 0) <= 5)
        return world.is_done

    world.run(stopped)
    assert below
    assert handled(world)["t-0", 5] == 3 + 2
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
    assert world.lines[-1]["totals"]["discarded"] == 1


class Away(DirectoryDestination):
    """A destination that does not answer until it is back."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, sound_disk())
        self.asked: list[float] = []
        self.back = False

    def write(self, key: str, document: bytes) -> None:
        if not self.back:
            raise NotWrittenError("no answer")
        super().write(key, document)


@pytest.mark.robustness("a loop or an invoker that stands still")
@pytest.mark.parametrize("mode", RetryMode)
def test_a_destination_that_does_not_answer_stops_nobody(mode: RetryMode, tmp_path: Path) -> None:
    """While each write to it takes half a minute, the loop goes round, other partitions are done as fast as ever, and
    what cannot be discarded is kept, and discarded when it is back."""
    bad = {("t-0", 5), ("t-1", 5), ("t-2", 5)}
    world = SimulatedConsumer(
        {"t-0": 10, "t-1": 10, "t-2": 10, "t-3": 300},
        FakeFunction(lambda batch: failing(*(each for each in batch if each in bad))),
        mode=mode,
        limits=BatchLimits(10, 0, 10**6),
        concurrency=5,
        policy=RetryPolicy(maximum_attempts=0),
        destination=(away := Away(tmp_path)),
        write_s=30,
    )
    turned = world.time.at
    longest = 0.0

    def look() -> None:
        nonlocal turned, longest
        longest, turned = max(longest, world.time.at - turned), world.time.at

    def is_done() -> bool:
        look()
        return world.client.group.get("t-3") == 300

    world.run(is_done, within_s=5)
    assert world.client.group["t-0"] <= 5
    assert longest < 1
    assert not list(tmp_path.rglob("*.new"))

    world = SimulatedConsumer(
        {"t-0": 10},
        FakeFunction(lambda batch: failing(*(each for each in batch if each in bad))),
        mode=mode,
        policy=RetryPolicy(maximum_attempts=0),
        destination=away,
        write_s=30,
    )

    def comes_back() -> bool:
        away.back = world.time.at > 1_100
        return world.is_done

    world.run(comes_back)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_a_stop_ends_while_the_destination_does_not_answer(tmp_path: Path) -> None:
    """What is under way has the function's timeout to end, however many writes wait; nothing of it is committed."""
    world = SimulatedConsumer(
        {f"t-{number}": 10 for number in range(20)},
        FakeFunction(lambda batch: failing(*batch)),
        limits=BatchLimits(10, 0, 10**6),
        concurrency=5,
        policy=RetryPolicy(maximum_attempts=0),
        destination=Away(tmp_path),
        write_s=30,
        timeout_s=45,
    )
    stopped_at: list[float] = []

    def stopped() -> bool:
        if world.in_flight.retrying >= 100 and not stopped_at:
            stopped_at.append(world.time.at)
        return bool(stopped_at)

    world.run(stopped)
    assert world.client.closed
    assert world.time.at - stopped_at[0] < 45 + LAST_COMMIT_S + 1
    assert set(world.client.group.values()) <= {0}


@pytest.mark.robustness("a group and a client that break")
def test_a_partition_leaves_with_what_is_being_discarded_of_it(tmp_path: Path) -> None:
    """A rebalance waits for the write as for a batch in flight, and what was written is committed."""
    world = SimulatedConsumer(
        {"t-0": 10, "t-1": 10},
        FakeFunction(lambda batch: failing(*(each for each in batch if each[0] == "t-0"))),
        limits=BatchLimits(10, 0, 10**6),
        policy=RetryPolicy(maximum_attempts=0),
        destination=DirectoryDestination(tmp_path, sound_disk()),
        write_s=2,
    )
    revoked: list[float] = []

    def stopped() -> bool:
        if world.in_flight.retrying and not revoked:
            world.client.revoke(["t-0"])
            revoked.append(world.time.at)
        return bool(revoked) and not world.in_flight.retrying and world.client.group.get("t-1") == 10

    world.run(stopped)
    assert world.client.group == {"t-0": 10, "t-1": 10}
    assert world.lines[-1]["totals"]["discarded"] == 10


@pytest.mark.robustness("a group and a client that break")
def test_a_record_too_large_for_any_event_goes_to_the_destination_alone(tmp_path: Path) -> None:
    """It is never invoked, and nothing else of its partition waits for it."""
    world = SimulatedConsumer(
        {"t-0": 3}, limits=BatchLimits(100, 0, 10), destination=DirectoryDestination(tmp_path, sound_disk())
    )
    world.run(lambda: world.is_done)
    assert world.function.batches == []
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 3


def test_a_redelivery_on_purpose_repeats_one_batch() -> None:
    """The second batch that succeeds is invoked twice, and counted."""
    world = SimulatedConsumer(ENDS, limits=BatchLimits(10, 0, 10**6), faults="redeliver=2")
    world.run(lambda: world.is_done)
    assert world.function.batches[1] == world.function.batches[2]
    assert sum(handled(world).values()) == sum(ENDS.values()) + len(world.function.batches[1])
    assert world.lines[-1]["totals"]["redelivered"] == len(world.function.batches[1])


def test_lag_and_counts_are_reported_each_second() -> None:
    """The last line has no lag, and all records."""
    world = SimulatedConsumer(ENDS)
    world.run(lambda: world.is_done)
    line = world.lines[-1]
    assert (line["lag_total"], line["owned"], line["in_flight"]) == (0, 3, 0)
    assert line["totals"]["succeeded"] == sum(ENDS.values()) == line["committed_total"]


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_a_record_that_always_fails_is_seen_by_its_age_and_a_stall() -> None:
    """Its partition grows older and is paused by what waits behind it; nothing stalls while others are done."""
    function = FakeFunction(lambda batch: failing(*(each for each in batch if each == ("t-0", 3))))
    world = SimulatedConsumer({"t-0": 5_000, "t-1": 1}, function, max_in_flight=50)
    world.run(lambda: world.time.at > 1_100)
    line = world.lines[-1]
    assert line["lag_s"] == {"t-0": pytest.approx(world.time.at - 1_000, abs=2), "t-1": 0}
    assert line["lag_s_max"] == line["lag_s"]["t-0"]
    assert line["stalled_s"] > 90
    assert line["totals"]["retried"] == line["totals"]["failed"] - (line["retrying"] > 0)
    assert (line["paused"], line["pauses_total"]) == (["t-0"], 1)
    busy = [each["stalled_s"] for each in world.lines if each["succeeded"]]
    assert busy
    assert set(busy) == {0}


def test_a_consumer_with_nothing_to_do_never_stalls() -> None:
    """However long that is."""
    world = SimulatedConsumer({"t-0": 5}, idle_s=1)
    world.run(lambda: world.time.at > 1_500)
    assert (world.lines[-1]["stalled_s"], world.lines[-1]["lag_s"]) == (0, {"t-0": 0})


@pytest.mark.parametrize("mode", RetryMode)
@pytest.mark.parametrize("concurrency", [1, 5])
@pytest.mark.parametrize("poison", [0, 17, 39])
def test_bisecting_finds_the_one_record_that_fails_its_batch(
    mode: RetryMode, concurrency: int, poison: int, tmp_path: Path
) -> None:
    """All others are handled, each partition's in order where the mode keeps order; the bad one is discarded alone,
    after all its own attempts, and splitting costs none."""
    succeeded: list[tuple[str, int]] = []

    def answer(batch: Sequence[tuple[str, int]]) -> Any:
        if ("t-0", poison) in batch:
            raise InvocationError("ValueError: cannot read it")
        succeeded.extend(batch)

    world = SimulatedConsumer(
        {"t-0": 40, "t-1": 40},
        FakeFunction(answer),
        mode=mode,
        concurrency=concurrency,
        bisect=True,
        policy=RetryPolicy(maximum_attempts=2),
        destination=DirectoryDestination(tmp_path, sound_disk()),
    )
    world.run(lambda: world.is_done)
    bad = ("t-0", poison)
    assert set(succeeded) == {(name, at) for name in ("t-0", "t-1") for at in range(40)} - {bad}
    assert len(succeeded) == 79
    assert world.function.batches.count([bad]) == 3
    documents = [json.loads(path.read_text()) for path in tmp_path.rglob("*") if path.is_file()]
    assert [each["KafkaBatchInfo"]["batchSize"] for each in documents] == [1]
    if mode is not RetryMode.FAILED:
        for name in ("t-0", "t-1"):
            offsets = [at for partition, at in succeeded if partition == name]
            assert offsets == sorted(offsets)

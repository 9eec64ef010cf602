"""Offsets that have no record are committed past, and no record is: the client's own position is believed with care."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from consumer.inflight.backpressure import READ_AHEAD
from consumer.inflight.batch import BatchLimits
from consumer.kafka.errors import GroupError
from tests.support.consumer import FakeFunction, SimulatedConsumer

PROMISE = "offsets that go back, partitions that are lost, bounds at their least"
TEN = BatchLimits(10, 0, 10**6)


def failing(offset: int) -> FakeFunction:
    """Return a function that always refuses this record of `t-0`."""

    def answer(batch: Sequence[tuple[str, int]]) -> Any:
        if ("t-0", offset) in batch:
            return {"batchItemFailures": [{"itemIdentifier": {"partition": "t-0", "offset": offset}}]}
        return None

    return FakeFunction(answer)


def run(world: SimulatedConsumer, until: Callable[[], bool]) -> None:
    """Run it; after each turn, and at the end, nothing is committed past a record that was not given and answered."""

    def checked() -> bool:
        under_way = {(each.partition, each.offset) for batch in world.in_flight.running for each in batch.records}
        done = {each for batch in world.function.batches for each in batch} - under_way
        for name, committed in world.client.group.items():
            without_record = world.client.markers.get(name, set())
            records = {(name, at) for at in range(committed) if at not in without_record}
            assert records <= done, sorted(records - done)
        return until()

    world.run(checked)
    checked()


@pytest.mark.robustness(PROMISE)
def test_what_has_no_record_is_no_lag() -> None:
    """The marker of a transaction, what one aborted, and a partition of nothing else: the lag ends at 0."""
    world = SimulatedConsumer({"t-0": 43, "t-1": 26, "t-2": 1, "t-3": 5})
    world.client.markers = {"t-0": {0, 20, 40, 41, 42}, "t-1": {25}, "t-3": set(range(5))}
    run(world, lambda: world.is_done)
    assert world.lines[-1]["lag_total"] == 0


@pytest.mark.robustness(PROMISE)
def test_a_record_that_fails_before_them_keeps_the_commit() -> None:
    """However far the fetch is, and though its partition is paused: nothing is committed past what is not done."""
    end = READ_AHEAD + 100
    world = SimulatedConsumer({"t-0": end}, failing(5), max_in_flight=1, limits=TEN, idle_s=0.1)
    world.client.markers = {"t-0": {*range(6, 40), *range(end - 20, end)}}
    run(world, lambda: world.time.at > 1_020)
    assert world.lines[-1]["paused"] == ["t-0"]
    assert world.client.group == {"t-0": 5}


@pytest.mark.robustness(PROMISE)
@pytest.mark.parametrize("lost", [True, False])
def test_a_partition_that_comes_back_begins_where_the_group_is(lost: bool) -> None:
    """With records in flight when it left: none is skipped, and the lag ends at 0."""
    world = SimulatedConsumer({"t-0": 30, "t-1": 30}, limits=TEN, seconds=3, revoke_s=1)
    world.client.markers = {"t-0": {9, 28, 29}, "t-1": {29}}
    moves = [1_001.0, 1_002.5, 1_006.0]

    def moved() -> bool:
        if moves and world.time.at > moves[0]:
            moves.pop(0)
            world.client.revoke(["t-0"], lost=lost)
            world.client.assign(["t-0"])
        return not moves and world.is_done

    run(world, moved)


@pytest.mark.robustness(PROMISE)
@pytest.mark.parametrize("end", [60, 30])
def test_a_fetch_that_goes_back_is_not_believed_to_be_where_it_was(end: int) -> None:
    """The client's own position stays ahead then: nothing is committed up to it."""
    world = SimulatedConsumer({"t-0": 50}, limits=TEN)
    back: list[float] = []

    def go_back() -> bool:
        if world.is_done and not back:
            back.append(world.time.at)
            world.client.group.clear()
            world.function.batches.clear()
            world.client.ends["t-0"], world.client.positions["t-0"] = end, 0
            world.threads.seconds = 2
        return bool(back) and world.is_done

    run(world, go_back)


@pytest.mark.robustness(PROMISE)
def test_a_pause_after_the_fetch_went_back_skips_nothing() -> None:
    """The client would go on at its own position, which stayed ahead: it was sent back before."""
    world = SimulatedConsumer({"t-0": READ_AHEAD + 400}, limits=BatchLimits(100, 0, 10**6), max_in_flight=100)
    back: list[int] = []

    def go_back() -> bool:
        if world.is_done and not back:
            back.append(world.group.pauses)
            world.client.group.clear()
            world.function.batches.clear()
            world.client.positions["t-0"] = 0
            world.threads.seconds = 1
        return bool(back) and world.is_done

    run(world, go_back)
    assert world.group.pauses > back[0]


@pytest.mark.robustness(PROMISE)
def test_what_was_fetched_when_the_client_failed_is_not_committed_past() -> None:
    """Records came, and an error with them ends the service before they are taken."""
    world = SimulatedConsumer({"t-0": 20}, limits=TEN)
    world.client.markers = {"t-0": {19}}
    consume = world.client.consume

    def broken(most: int, timeout: float) -> Any:
        if world.client.group == {"t-0": 10}:
            consume(20, timeout)
            raise KafkaException(KafkaError(KafkaError._FATAL))
        return consume(0 if world.client.given_to else 10, timeout)

    world.client.consume = broken  # type: ignore[method-assign]  # a fake's method
    with pytest.raises(GroupError):
        run(world, lambda: False)
    assert world.client.given_to == {"t-0": 20}
    assert world.client.group == {"t-0": 10}

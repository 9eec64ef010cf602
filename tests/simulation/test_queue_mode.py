"""The dispatcher under Queue mode, as the consumer imitates it: a partition's invocations side by side, in no order."""

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.event import ConsumedRecord
from consumer.inflight.batch import BatchLimits, RecordBatch
from consumer.inflight.queue_mode import QueueInFlight
from consumer.inflight.retry import FOREVER, RetryPolicy, RetryQueue
from dispatcher.fault import FaultKind
from tests.simulation.world.place import Place
from tests.simulation.world.steps import Happening
from tests.simulation.world.world import World
from tests.support.examples import examples
from tests.support.kafka_records import record

CODES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([300, 300, 301, 302, 303, 999]), st.integers(0, 2)),
    min_size=1,
    max_size=20,
)
FAULTS = st.lists(
    st.sampled_from([None, None, FaultKind.THROTTLED, FaultKind.TRANSIENT, FaultKind.PERMANENT]), max_size=15
)
MEANWHILE = st.sets(st.integers(0, 60), max_size=12)
TROUBLE = st.dictionaries(st.integers(0, 60), st.sampled_from(Happening), max_size=4)


class QueueMode:
    """A mapping in Queue mode of a world's logs: whenever an invocation waits for a call, another one may begin."""

    def __init__(self, world: World, size: int, concurrency: int, random: Random, attempts: int = FOREVER) -> None:
        self.world = world
        retries = RetryQueue(RetryPolicy(attempts), random.random)
        self.in_flight = QueueInFlight(BatchLimits(size, 0, 10**7), retries, 10_000, random.random)
        self.in_flight.concurrency = concurrency
        self.discarded: set[Place] = set()
        """What the mapping gave up: it is in the on-failure destination."""
        self.at_once = 0
        """The most invocations that a partition had at the same time."""
        world.beside = self._beside
        for name, log in world.records.items():
            self.in_flight.add([record(name, each["offset"]) for each in log], 0, 0)

    def run(self) -> None:
        """Deliver everything, until nothing is left anywhere."""
        for _ in range(1_000):
            batch = self._next()
            if batch is not None:
                self._deliver(batch)
            elif self.in_flight.retrying == 0:
                self.world.empty()
                return
            self.world.drain()
            self.world.ms += 1_000
        raise AssertionError("the batches never came to an end")

    def _next(self) -> RecordBatch | None:
        return self.in_flight.next_batch(self.world.ms / 1000)

    def _beside(self) -> None:
        batch = self._next()
        if batch is None:
            self.world.drain()
            return
        waiting, self.world.dispatching = self.world.dispatching, self.world.environment()
        self._deliver(batch)
        self.world.dispatching = waiting

    def _deliver(self, batch: RecordBatch) -> None:
        running = self.in_flight.running
        at_once = (sum(name in each.partitions for each in running) for name in batch.partitions)
        self.at_once = max(self.at_once, *at_once)
        offsets: dict[str, list[int]] = defaultdict(list)
        for each in batch.records:
            offsets[each.partition].append(each.offset)
        answer = self.world.invoke(offsets)
        failed: list[ConsumedRecord] = [each for each in batch.records if each.offset in answer.get(each.partition, ())]
        exhausted = self.in_flight.settle(batch, failed, self.world.ms / 1000, self.world.ms)
        self.discarded |= {self.world.place_at(each.partition, each.offset) for each in exhausted}
        self.in_flight.finish(exhausted)


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
@pytest.mark.parametrize("when_down", ["wait", "divert"])
@settings(max_examples=examples(80), deadline=None)
@given(CODES, FAULTS, FAULTS, MEANWHILE, TROUBLE, st.integers(1, 6), st.integers(1, 4), st.integers(0, 10**9))
def test_nothing_is_lost_and_nothing_sent_twice_without_a_reason(
    when_down: str,
    codes: Sequence[tuple[int, int, int]],
    faults_a: list[Any],
    faults_b: list[Any],
    meanwhile: set[int],
    trouble: dict[int, Happening],
    size: int,
    concurrency: int,
    seed: int,
) -> None:
    """Whatever crashes, stands still, is lost or fails, with as many retries as it takes: each record is at all its
    destinations or in the DLQ, and once where nothing happened to its batch."""
    happenings = {**dict.fromkeys(meanwhile, Happening.MEANWHILE), **trouble}
    world = World(codes, {"a": faults_a, "b": faults_b}, happenings, when_down=when_down)
    mapping = QueueMode(world, size, concurrency, Random(seed))
    mapping.run()
    assert not mapping.discarded
    assert all(mapping.in_flight.positions()[name] > log[-1]["offset"] for name, log in world.records.items())
    world.check(ordered=False)


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
@settings(max_examples=examples(80), deadline=None)
@given(CODES, FAULTS, FAULTS, MEANWHILE, TROUBLE, st.integers(1, 6), st.integers(0, 3), st.integers(0, 10**9))
def test_what_runs_out_of_deliveries_is_in_the_on_failure_destination(
    codes: Sequence[tuple[int, int, int]],
    faults_a: list[Any],
    faults_b: list[Any],
    meanwhile: set[int],
    trouble: dict[int, Happening],
    size: int,
    attempts: int,
    seed: int,
) -> None:
    """With few deliveries or one, each record is dispatched, a dead letter, or given up by the mapping: none is taken
    for done without one of them."""
    happenings = {**dict.fromkeys(meanwhile, Happening.MEANWHILE), **trouble}
    world = World(codes, {"a": faults_a, "b": faults_b}, happenings)
    mapping = QueueMode(world, size, 4, Random(seed), attempts)
    mapping.run()
    world.gone |= mapping.discarded
    world.check(ordered=False)


def test_without_retries_a_partition_that_another_invocation_has_is_given_up() -> None:
    """Lambda's default in Queue mode is no retry, and the dispatcher refuses what another invocation has a lease of:
    healthy records go to the on-failure destination. That is why the template refuses the mode."""
    world = World([(0, 302, 0)] * 4, {}, {1: Happening.MEANWHILE})
    mapping = QueueMode(world, 2, 2, Random(1), attempts=0)
    mapping.run()
    assert mapping.at_once == 2
    assert len(mapping.discarded) == 2
    assert set(world.b.taken) == set(world.messages) - mapping.discarded

"""The consumer in virtual time: a Kafka client, invoker threads and clocks that tests control."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from confluent_kafka import OFFSET_BEGINNING, OFFSET_INVALID, KafkaError, TopicPartition

from comboio.clocks import Clocks
from consumer.event import ConsumedRecord, EventSource
from consumer.inflight.backpressure import Backpressure
from consumer.inflight.batch import BatchLimits
from consumer.inflight.inflight import InFlight, RetryMode
from consumer.inflight.pollers import PollerLimits, Pollers
from consumer.inflight.retry import RetryPolicy, RetryQueue
from consumer.invoke.faults import Faults
from consumer.invoke.invocations import Invocations
from consumer.invoke.invoke import InvocationError
from consumer.invoke.invoker_thread import InvocationResult
from consumer.kafka.client import partition_name, topic_partition
from consumer.kafka.commit import Commits
from consumer.kafka.group import Group
from consumer.mapping import EventSourceMapping, Waits
from consumer.observe.journal import Journal
from consumer.observe.side_output import NoLines
from consumer.observe.stats import Counters, Stats
from consumer.on_failure.destination import OnFailure
from consumer.on_failure.discard import Discards
from tests.support.kafka_records import SOURCE

LOG = logging.getLogger("tests.consumer")


def statistics_line(**changed: object) -> dict[str, Any]:
    """Return a line of statistics of a service that has nothing to do, with some of it changed."""
    counts = {name: 0 for name, _ in Counters().items()}
    state = {
        "lag": {},
        "lag_s": {},
        "stalled_s": 0.0,
        "brokers_up": 1,
        "owned": 0,
        "paused": [],
        "pauses_total": 0,
        "in_flight": 0,
        "pollers": 1,
        "fresh": 0,
        "retrying": 0,
        "committed_total": 0,
        "commit_failures_total": 0,
    }
    return {**counts, "totals": counts, **state, **changed}


class VirtualTime:
    """Clocks that go on only when somebody waits."""

    def __init__(self) -> None:
        self.at = 1_000.0
        self.clocks = Clocks(now=lambda: int(self.at * 1000), clock=lambda: self.at, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.at += seconds


class FakeMessage:
    """A message, or an error in the place of one."""

    def __init__(self, topic: str, partition: int, offset: int, error: KafkaError | None = None) -> None:
        self._place = topic, partition, offset
        self._error = error

    def error(self) -> KafkaError | None:
        return self._error

    def topic(self) -> str:
        return self._place[0]

    def partition(self) -> int:
        return self._place[1]

    def offset(self) -> int:
        return self._place[2]

    def timestamp(self) -> tuple[int, int]:
        return 1, 1_000_000

    def key(self) -> bytes | None:
        return b"k"

    def value(self) -> bytes | None:
        return b"v"

    def headers(self) -> None:
        return None


class FakeKafkaClient:
    """A client with all partitions of one topic; it calls back inside `consume`, as confluent_kafka's does."""

    def __init__(self, time: VirtualTime, ends: Mapping[str, int], idle_s: float = 0.0) -> None:
        """Take `idle_s`: how long a call lasts at least that finds nothing, so that a long wait is few turns."""
        self.time = time
        self.idle_s = idle_s
        self.ends = dict(ends)
        """One past the last offset of each partition in Kafka."""
        self.positions = dict.fromkeys(ends, 0)
        self.group: dict[str, int] = {}
        """The group's committed positions."""
        self.metadata: dict[str, str] = {}
        """What its commits say beside them."""
        self.markers: dict[str, set[int]] = {}
        """Offsets of a partition that have no record."""
        self.given_to: dict[str, int] = {}
        """The client's own position: nothing after an assignment or a seek, and it never goes back, as librdkafka's."""
        self.assigned: set[str] = set()
        self.paused: set[str] = set()
        self.fetches = 0
        """How often a pause made the client drop what it had fetched."""
        self.closed = False
        self.commit_error: KafkaError | None = None
        self.commit_s = 0.0
        """How long a commit that waits for its answer waits."""
        self.errors: list[KafkaError] = []
        """Returned in the place of messages by the next call."""
        self._calls: list[Callable[[], None]] = []

    def __call__(self, options: Mapping[str, Any], logger: Any) -> Any:
        """Take the place of the client's class."""
        self.options = dict(options)
        return self

    def poll(self, timeout: float) -> None:
        return None

    def subscribe(self, topics: Sequence[str], on_assign: Any, on_revoke: Any, on_lost: Any) -> None:
        self._on_assign, self._on_revoke, self._on_lost = on_assign, on_revoke, on_lost
        self.assign(self.ends)

    def assign(self, names: Iterable[str]) -> None:
        """Assign partitions in the next call."""
        wanted = list(names)

        def call() -> None:
            for name in wanted:
                self.assigned.add(name)
                self.positions[name] = self.group.get(name, 0)
                self.given_to.pop(name, None)
            self._on_assign(self, [_topic_partition(name) for name in wanted])

        self._calls.append(call)

    def revoke(self, names: Iterable[str], lost: bool = False) -> None:
        """Revoke partitions in the next call."""
        wanted = list(names)

        def call() -> None:
            (self._on_lost if lost else self._on_revoke)(self, [_topic_partition(name) for name in wanted])
            self.assigned -= set(wanted)

        self._calls.append(call)

    def consume(self, most: int, timeout: float) -> list[FakeMessage]:
        calls, self._calls = self._calls, []
        for call in calls:
            call()
        if self.errors:
            errors, self.errors = self.errors, []
            return [FakeMessage("t", 0, 0, error) for error in errors]
        messages: list[FakeMessage] = []
        for name in sorted(self.assigned - self.paused):
            if self.positions[name] > self.ends[name]:  # out of range: it begins at the oldest
                self.positions[name] = 0
            while len(messages) < most and self.positions[name] < self.ends[name]:
                topic, _, number = name.rpartition("-")
                if self.positions[name] not in self.markers.get(name, ()):
                    messages.append(FakeMessage(topic, int(number), self.positions[name]))
                self.positions[name] += 1
                self.given_to[name] = max(self.positions[name], self.given_to.get(name, 0))
        self.time.sleep(0.0001 if messages else max(timeout, self.idle_s))
        return messages

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        self.fetches += 1
        names = {partition_name(each) for each in partitions}
        self.paused |= names
        self.positions.update({name: self.given_to[name] for name in names & self.given_to.keys()})

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        self.paused -= {partition_name(each) for each in partitions}

    def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> list[TopicPartition] | None:
        answers = []
        self.time.sleep(0 if asynchronous else self.commit_s)
        for each in offsets:
            if self.commit_error is None:
                self.group[partition_name(each)] = each.offset
                self.metadata[partition_name(each)] = each.metadata or ""
            answers.append(_Answer(each, self.commit_error))
        if asynchronous:
            self._calls.append(lambda: self.options["on_commit"](self.commit_error, answers))
            return None
        return answers  # type: ignore[return-value]  # their errors cannot be set on the client's own type

    def committed(self, partitions: Sequence[TopicPartition], timeout: float) -> list[TopicPartition]:
        return [
            TopicPartition(each.topic, each.partition, self.group.get(name, -1001), self.metadata.get(name, ""))
            for each in partitions
            for name in [partition_name(each)]
        ]

    def position(self, partitions: Sequence[TopicPartition]) -> list[TopicPartition]:
        names = [partition_name(each) for each in partitions]
        return [topic_partition(name, self.given_to.get(name, OFFSET_INVALID)) for name in names]

    def seek(self, partition: TopicPartition) -> None:
        name = partition_name(partition)
        self.positions[name] = 0 if partition.offset == OFFSET_BEGINNING else partition.offset
        self.given_to.pop(name, None)

    def get_watermark_offsets(self, partition: TopicPartition, timeout: float, cached: bool) -> tuple[int, int]:
        return 0, self.ends[partition_name(partition)]

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._on_revoke(self, [_topic_partition(name) for name in self.assigned])


class _Answer:
    """A partition of a commit's answer."""

    def __init__(self, asked: TopicPartition, error: KafkaError | None) -> None:
        self.topic, self.partition, self.offset, self.error = asked.topic, asked.partition, asked.offset, error


def _topic_partition(name: str) -> TopicPartition:
    topic, _, number = name.rpartition("-")
    return TopicPartition(topic, int(number))


class FakeThreads:
    """Threads in virtual time: each call takes `seconds`, beside the others or after them."""

    def __init__(self, time: VirtualTime, seconds: float = 0.01, *, one_at_a_time: bool = False) -> None:
        self.time = time
        self.seconds = seconds
        self.one_at_a_time = one_at_a_time
        self.alive = True
        self.stopped = False
        self.running: list[tuple[float, InvocationResult]] = []

    def submit(self, number: int, call: Callable[[], Any]) -> None:
        answer, failed = None, None
        try:
            answer = call()
        except InvocationError as error:
            failed = error
        begins = max([self.time.at, *(each[0] for each in self.running if self.one_at_a_time)])
        self.running.append((begins + self.seconds, InvocationResult(number, answer, failed, self.seconds)))

    def result(self, timeout_s: float) -> InvocationResult | None:
        if not self.alive:
            return None
        due = min((each for each in self.running), default=None, key=lambda each: each[0])
        if due is None or due[0] > self.time.at + timeout_s:
            self.time.sleep(timeout_s)
            return None
        self.time.at = max(self.time.at, due[0])
        self.running.remove(due)
        return due[1]

    def stop(self) -> None:
        self.stopped = True


class FakeFunction:
    """An invoker whose answers are a function of the batch (partitions and offsets); None is a success."""

    function_arn = "arn:aws:lambda:local:000000000000:function:f"

    def __init__(self, answer: Callable[[Sequence[tuple[str, int]]], Any] = lambda batch: None) -> None:
        self.answer = answer
        self.batches: list[list[tuple[str, int]]] = []

    def deliver(self, records: Sequence[ConsumedRecord], source: EventSource, request_id: str) -> Any:
        batch = [(record.partition, record.offset) for record in records]
        self.batches.append(batch)
        return self.answer(batch)


class SimulatedConsumer:
    """A mapping with its group, in virtual time."""

    def __init__(
        self,
        ends: Mapping[str, int],
        function: FakeFunction | None = None,
        *,
        limits: BatchLimits | None = None,
        mode: RetryMode = RetryMode.FAILED,
        policy: RetryPolicy | None = None,
        max_in_flight: int = 10_000,
        concurrency: int = 1,
        pollers: PollerLimits | None = None,
        bisect: bool = False,
        seconds: float = 0.01,
        idle_s: float = 0.0,
        timeout_s: float = 30,
        revoke_s: float = 5,
        destination: OnFailure | None = None,
        write_s: float = 0,
        faults: str = "",
    ) -> None:
        """Take `write_s`: how long the on-failure destination takes."""
        limits = limits or BatchLimits(100, 0.5, 6 * 1024 * 1024)
        self.time = VirtualTime()
        self.client = FakeKafkaClient(self.time, ends, idle_s)
        self.function = function or FakeFunction()
        self.threads = FakeThreads(self.time, seconds)
        self.lines: list[dict[str, Any]] = []
        clocks = self.time.clocks
        self.in_flight = InFlight(
            limits, mode, RetryQueue(policy or RetryPolicy(), lambda: 0.5), max_in_flight, bisect=bisect
        )
        self.mapping = EventSourceMapping(
            in_flight=self.in_flight,
            backpressure=Backpressure(max_in_flight, limits.records, max(1, limits.payload_bytes)),
            pollers=Pollers(pollers or PollerLimits(invocations=concurrency)),
            invocations=Invocations(
                self.function,
                SOURCE,
                self.threads,
                Journal(NoLines(), clocks.clock),
                Faults.parse(faults),
                timeout_s,
                LOG,
                clocks.clock,
            ),
            discards=Discards(
                destination,
                UUID(int=1),
                SOURCE,
                limits.payload_bytes,
                self.function.function_arn,
                FakeThreads(self.time, write_s, one_at_a_time=True),
                LOG,
                clocks,
            ),
            stats=Stats(self, clocks.clock),
            waits=Waits(revoke_s, timeout_s),
            alive=self._alive,
            log=LOG,
            clocks=clocks,
        )
        self.turns = 0
        self.group = Group({}, ["t"], self.mapping, Commits(), LOG, clocks.clock, clocks.sleep, connect=self.client)

    def write(self, line: Mapping[str, Any]) -> None:
        """Keep a line of statistics."""
        self.lines.append(dict(line))

    def _alive(self) -> None:
        self.turns += 1

    def run(self, until: Callable[[], bool], within_s: float = 600) -> None:
        """Run until the condition holds, and end; fail if that takes longer in virtual time."""
        deadline = self.time.at + within_s
        held = False

        def stopped() -> bool:
            nonlocal held
            held = held or until()
            return held or self.time.at > deadline

        self.mapping.run(self.group, stopped)
        assert held, f"not within {within_s:g} s of virtual time"

    @property
    def is_done(self) -> bool:
        """Whether all that is in Kafka is committed."""
        return self.client.group == self.client.ends

"""A small world on one invented clock: topics, their mappings, the dispatcher and its destinations, the hold queue.

Everything that decides is the real code; everything that stores or answers is a script. What must hold at the end is
`promises`; `play` makes whole histories of it.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from itertools import count
from typing import Any, NamedTuple

from comboio.contract.cluster import cluster_id
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.hold import HoldMessage
from comboio.contract.record import Record, partition_of, record_of
from comboio.invocation import Invocation
from comboio.routing.table import RoutingTable
from dispatcher.dispatch import LedgerUnreachableError
from tests.simulation.world import promises
from tests.simulation.world.consumer import ConsumerMapping
from tests.simulation.world.dead_letters import DeadLetterShelf
from tests.simulation.world.downstream import Downstream
from tests.simulation.world.environment import Environment
from tests.simulation.world.fifo_queue import FifoQueue
from tests.simulation.world.mapping import Batch, Mapping, Retry
from tests.simulation.world.place import Place
from tests.simulation.world.steps import Crash, Happening, Steps
from tests.simulation.world.stores import DrainPositions, EventIds, Ledgers, Orders, States
from tests.simulation.world.tables import table_of
from tests.support.dispatcher import MemoryReporter

START = 1_700_000_000_000
CLUSTERS = ("arn:aws:kafka:us-east-1:1:cluster/simulated/1", "arn:aws:kafka:us-east-1:1:cluster/other/2")
"""Two of them, which have topics of the same names. A partition of the second is named `other:t-0` here."""
LEFT_MS = 5_000
"""What an invocation has until its deadline."""
OVERTAKING = 2
"""Batches that a mapping delivers before a process goes on that stood still with an earlier one."""
_OTHERS_DRAIN_MS = 600_000
"""Most that others drain meanwhile: while the table or the DLQ is away, a message comes again for ever."""
OTHER = "other:"


class Message(NamedTuple):
    """What a record is about."""

    codigo: int
    truck: int
    event_id: str


class World:
    """All of it. `codes` are (partition, codigo, truck) of the first records, in the order of their offsets."""

    incomplete = 6
    """Offsets of a partition that may be incomplete: few, so that the bound is met."""

    def __init__(
        self,
        codes: Sequence[tuple[int, int, int]],
        faults: Dictionary[str, list[Any]],
        happenings: Dictionary[int, Happening] | None = None,
        when_down: str = "wait",
        destinations: "tuple[Downstream, Downstream] | None" = None,
        hold: bool | None = None,
    ) -> None:
        self.ms = START
        self.skew_ms = 0
        """How far the processes' time of day is ahead."""
        self.steps = Steps(happenings or {})
        self.steps.jump = self._jump
        self.a, self.b = destinations or (
            Downstream("a", list(faults.get("a", ()))),
            Downstream("b", list(faults.get("b", ()))),
        )
        self.destinations = {down.name: down for down in (self.a, self.b)}
        for down in (self.a, self.b):
            down.steps, down.place, down.wait = self.steps, self.place, self._wait
        self.shelf = DeadLetterShelf(list(faults.get("dead", ())), self.steps, self.place, lambda: self.ms / 1000)
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        """The logs by partition: what is in them now."""
        self.messages: dict[Place, Message] = {}
        """Every record that was ever in a log."""
        self._ends: dict[str, int] = defaultdict(int)
        self._generations: dict[str, int] = defaultdict(int)
        self._old_samples: dict[str, tuple[int, int]] = {}
        """Partitions that were made again and whose ledgers do not know it, with what they have of the old log."""
        self.unproven: set[Place] = set()
        """What was delivered before its ledger knew that the topic was made again: it keeps no order."""
        self.unprovable: set[Place] = set()
        """Those of them whose ledger began above the first offset: what is below hides the proof."""
        self._places: dict[tuple[str, str, int, int], Place] = {}
        for partition, codigo, truck in codes:
            self.produce(partition, codigo, truck)
        self.diverts = when_down == "divert" if hold is None else hold
        self.table = self.routing_table(when_down)
        self.hold = FifoQueue(lambda: self.ms, self.steps, list(faults.get("hold", ())))
        self.ledgers = Ledgers(self.steps)
        self.progress = DrainPositions(self.steps)
        self.orders = Orders(lambda: self.ms)
        self.states = States(self.steps)
        self.claims = EventIds(self.steps)
        self.reporter = MemoryReporter()
        self._numbers = count()
        self._invocations = count()
        self.dispatching, self.draining = self.environment(), self.environment()
        self.in_trouble: set[Place] = set()
        """Records of batches and hold messages with which something happened: they may arrive twice."""
        self.abandoned: set[Place] = set()
        """Records that a ledger gave up unfinished: they may arrive twice, and others go past them."""
        self.gone: set[Place] = set()
        """Records that Kafka deleted, or the mapping gave up, before they were done."""
        self.given_up: list[DeadLetter] = []
        """What the mapping gave up, as letters of its on-failure destination."""
        self.others: Callable[[], object] = lambda: None
        """What mappings do while the drainer waits for a call."""
        self.beside: Callable[[], object] = self.drain
        """What others do while the dispatcher waits for a call."""
        self.left_ms = 0
        """What the next invocation has until its deadline; 0: as much as any."""
        self.errors = 0
        """Invocations that had no answer: the mapping then knows of no record whether it is done."""

    def routing_table(self, when_down: str, text: str | None = None) -> RoutingTable:
        """Return a table; assign it to `table`, and every process has it from its next batch on."""
        return table_of(when_down, text)

    def now(self) -> int:
        """Return the processes' time of day (epoch ms)."""
        return self.ms + self.skew_ms

    def _jump(self, ms: int) -> None:
        self.skew_ms += ms

    def _wait(self, seconds: float) -> None:
        self.ms += int(seconds * 1000)

    def _aside(self, others: Callable[[], object], waiting: Environment, deadline: int) -> None:
        """Let others go on while a process waits for a call, which is short beside what it has: they may end later."""
        began = self.ms
        others()
        back = max(self.ms - began - min(500, max(deadline - began, 0) // 4), 0)
        self.ms -= back
        for other in (self.dispatching, self.draining):
            if other is not waiting:
                other.stood_ms -= back

    def _left_ms(self) -> int:
        left_ms, self.left_ms = self.left_ms or LEFT_MS, 0
        return left_ms

    def environment(self) -> Environment:
        """Start a process."""
        return Environment(self, f"e{next(self._numbers)}")

    def produce(
        self,
        partition: int,
        codigo: int,
        truck: int,
        *,
        cluster: int = 0,
        gap: int = 1,
        like: str = "",
        more: str = "",
    ) -> Place:
        """Add a record to a partition's log, and leave `gap` offsets out behind it.

        `like` is the id of an event that it repeats, `more` what else is in its payload.
        """
        source = f"t-{partition}"
        name = OTHER * cluster + source
        log, offset = self.records[name], self._ends[name]
        self._ends[name] = offset + 1 + gap
        event_id = like or f"e{len(self.messages)}"
        message = {"codigo": codigo, "truck_id": f"T-{truck}", "event_id": event_id, "more": more}
        value = json.dumps({**message, "occurred_at": "2026-11-22T15:00:00Z"}).encode()
        place = self.place_at(name, offset)
        self._places[CLUSTERS[cluster], source, offset, self.ms] = place
        self.messages[place] = Message(codigo, truck, event_id)
        log.append(
            {
                "topic": "t",
                "partition": partition,
                "offset": offset,
                "timestamp": self.ms,
                "key": base64.b64encode(f"{codigo}:{truck}".encode()).decode(),
                "value": base64.b64encode(value).decode(),
                "headers": [],
            }
        )
        return place

    def recreate(self, name: str) -> None:
        """Delete a topic's partition and make it again."""
        if (sample := self._first_sample(name)) is not None:
            self._old_samples[name] = sample
        self.records[name] = []
        self._ends[name] = 0
        self._generations[name] += 1

    def _first_sample(self, name: str) -> tuple[int, int] | None:
        return self.ledgers.first_sample(f"{cluster_id(CLUSTERS[name.startswith(OTHER)])}/{name.removeprefix(OTHER)}")

    def _look_for_proof(self, batch: Dictionary[str, Sequence[int]]) -> None:
        """Note what was delivered of partitions that were made again, until their ledgers know it."""
        for name in batch.keys() & self._old_samples.keys():
            delivered = {self.place_at(name, offset) for offset in batch[name]}
            self.unproven |= delivered
            self.unprovable |= delivered if self._old_samples[name][0] else set()
            if self._first_sample(name) != self._old_samples[name]:
                del self._old_samples[name]

    def place(self, record: Record) -> Place:
        """Return what names a record for good."""
        return self._places[record.cluster, record.source, record.offset, record.timestamp]

    def place_at(self, name: str, offset: int) -> Place:
        """Return the place of an offset of a log as it is now."""
        return (name + "'" * self._generations[name], offset)

    def invoke(
        self,
        batch: Dictionary[str, Sequence[int]],
        *,
        left_ms: int | None = None,
        start: int | None = None,
        overtook: Callable[[Batch, bool], object] = lambda *_: None,
    ) -> Batch:
        """Deliver the offsets of each partition; return those reported as failed.

        A process that stands still is given up at its deadline: the mapping invokes another one with the same batch,
        whose answer counts. `overtook` gets that answer, and whether there was one, before the process goes on.
        """
        cluster = any(name.startswith(OTHER) for name in batch)
        groups: dict[str, list[dict[str, Any]]] = {}
        for name, offsets in batch.items():
            asked = set(offsets)
            groups[name.removeprefix(OTHER)] = [record for record in self.records[name] if record["offset"] in asked]
        self.ms = self.ms + 400 if start is None else start
        event = {"eventSource": "aws:kafka", "eventSourceArn": CLUSTERS[cluster], "records": groups}
        deadline = self.ms + (self._left_ms() if left_ms is None else left_ms)
        environment, overtaken = self.dispatching, list[dict[str, list[int]]]()

        def stall() -> None:
            self.dispatching = self.environment()
            began, self.ms = self.ms, max(self.ms, deadline) + 100
            errors = self.errors
            overtaken.append(self.invoke(batch))
            overtook(overtaken[-1], self.errors == errors)
            self.drain()
            environment.stood_ms += self.ms - began

        before = self.steps.enter(stall, lambda: self._aside(self.beside, environment, deadline))
        everything = {name: list(offsets) for name, offsets in batch.items()}
        failed: dict[str, list[int]] = defaultdict(list)
        try:
            owner = Invocation(f"i{next(self._invocations)}", deadline + self.skew_ms)
            answer = environment.dispatcher.dispatch(event, owner)
            for failure in answer["batchItemFailures"]:
                where = failure["itemIdentifier"]
                name = OTHER * cluster + where["partition"]
                assert where["offset"] in batch[name], "an identifier that was not in the batch"
                failed[name].append(where["offset"])
            assert overtaken or self.ms <= deadline, "the invocation outlasted its deadline"
        except (LedgerUnreachableError, Crash) as error:
            failed = everything
            self.errors += 1
            if isinstance(error, Crash):
                self.dispatching = self.environment()
        self._look_for_proof(batch)
        if self.steps.leave(before):
            self.in_trouble |= {self.place_at(name, offset) for name, offsets in batch.items() for offset in offsets}
        for partition, offset in self.ledgers.abandoned:  # what comes after all is new, as docs/guarantees.md says
            self.abandoned.add(self.place_at(OTHER * cluster + partition.rpartition("/")[2], offset))
        self.in_trouble |= self.abandoned
        self.ledgers.abandoned.clear()
        return overtaken[-1] if overtaken else failed

    def drain(self, most: int = 3) -> bool:
        """Let the drainer take what is visible of the hold queue; return whether there was anything."""
        self.ms += 200
        records = self.hold.receive(most)
        if not records:
            return False
        deadline = self.ms + self._left_ms()
        environment, overtaken = self.draining, False

        def stall() -> None:
            nonlocal overtaken
            overtaken, self.draining = True, self.environment()
            began, self.ms = self.ms, self.ms + 61_000
            while self.drain() and self.ms < began + _OTHERS_DRAIN_MS:
                self.ms += 3_000
            environment.stood_ms += self.ms - began

        before = self.steps.enter(stall, lambda: self._aside(self.others, environment, deadline))
        names = {record["messageId"] for record in records}
        try:
            owner = Invocation(f"d{next(self._invocations)}", deadline + self.skew_ms)
            answer = environment.drainer.drain({"Records": records}, owner)
            assert overtaken or self.ms <= deadline, "the drainer outlasted its deadline"
            staying = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            if not overtaken:  # the mapping gave it up
                self.hold.delete(names - staying)
        except Crash:
            self.draining = self.environment()
        if self.steps.leave(before):
            messages = [
                HoldMessage.from_body(each["body"]) for each in records if each["body"] not in self.hold.foreign
            ]
            self.in_trouble |= {self.place(held.record) for message in messages for held in message.records}
        return True

    def run(self, size: int, retry: Retry, turns: Sequence[int] = (), between: Sequence[int] = ()) -> None:
        """Deliver everything, `size` records of a partition at a time, until nothing is left anywhere.

        Where only the failed are retried, `turns` says for each batch how many new ones come before them, and with
        which of them it goes on; `between` what goes before a batch: how often the drainer runs, and from 3 on that six
        minutes pass first.
        """
        turns, between = list(turns), list(between)
        mapping = Mapping(retry, size)
        for name, log in self.records.items():
            for record in log:
                mapping.appended(name, record["offset"])
        stuck = 0
        for _ in range(1_000):
            before = between.pop() if between else 0
            self.ms += 360_000 * (before >= 3)
            for _ in range(before % 3):
                self.drain()
            turn = stuck * size if stuck else turns.pop() if turns else 0
            if not (batch := mapping.next_batch(turn)):
                break
            failed = self.deliver(mapping, batch)
            stuck = stuck + 1 if failed == batch else 0
            if any(failed.values()):
                self.ms += 2_000 * min(1 + stuck, 60)
        else:
            raise AssertionError("the batches never came to an end")
        self.empty()

    def deliver(self, mapping: Mapping | ConsumerMapping, batch: Batch) -> Batch:
        """Deliver a mapping's batch and tell it what became of it; return what failed.

        While a process stands still that had the batch, the mapping goes on with others.
        """
        told = False

        def tell(failed: Batch, answered: bool) -> None:
            nonlocal told
            told = True
            if answered:
                mapping.answered(batch, failed)
            else:
                mapping.failed(batch)

        def overtook(failed: Batch, answered: bool) -> None:
            tell(failed, answered)
            for _ in range(OVERTAKING):
                if more := mapping.next_batch(0):
                    self.deliver(mapping, more)

        errors = self.errors
        failed = self.invoke(batch, overtook=overtook)
        if not told:
            tell(failed, self.errors == errors)
        return failed

    def give_up(self, name: str, offsets: Sequence[int]) -> None:
        """Let a mapping have given up these records of a log, which are in its on-failure destination then."""
        places = {self.place_at(name, offset) for offset in offsets}
        self.gone |= places
        self.abandoned |= places  # a replay of them may come before earlier ones, and others go past them after it
        cluster, asked = CLUSTERS[name.startswith(OTHER)], set(offsets)
        partition = partition_of(name.removeprefix(OTHER))
        self.given_up += [
            DeadLetter.of(
                record_of(cluster, partition, raw),
                reason="given_up",
                error="its retries ran out",
                first_failure=self.ms,
                last_failure=self.ms,
                correlation_id="c",
            )
            for raw in self.records[name]
            if raw["offset"] in asked
        ]

    def redispatch(self, letters: Sequence[DeadLetter]) -> dict[str, str]:
        """Give dead letters to the dispatcher again; return what became of each."""
        self.ms += 200
        environment = self.dispatching
        deadline = self.ms + LEFT_MS
        before = self.steps.enter(lambda: None, lambda: self._aside(self.drain, environment, deadline))
        outcomes: dict[str, str] = {}
        try:
            owner = Invocation(f"r{next(self._invocations)}", deadline + self.skew_ms)
            event = {"letters": [letter.to_fields() for letter in letters]}
            outcomes = dict(self.dispatching.redispatch.dispatch(event, owner)["outcomes"])
        except Crash:
            self.dispatching = self.environment()
        if self.steps.leave(before):
            self.in_trouble |= {self.place(letter.record()) for letter in letters}
        return outcomes

    def empty(self) -> None:
        """Drain until the hold queue is empty."""
        for _ in range(2_000):
            if not self.hold.messages:
                return
            if not self.drain():
                self.ms += 5_000
        raise AssertionError("the hold queue was never drained")

    def check(self, *, ordered: bool = True) -> None:
        """Check what must hold at the end; see `promises`."""
        promises.check(self, ordered=ordered)

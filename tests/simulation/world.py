"""A small world on one invented clock: a topic, its mapping, the dispatcher and its destinations, the hold queue.

Everything that decides is the real code; everything that stores or answers is a script.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Literal

from comboio.contract.hold import HoldMessage
from comboio.invocation import Invocation
from comboio.routing.table import RoutingTable, load
from dispatcher.dispatch import LedgerUnreachableError
from tests.simulation.downstream import Downstream
from tests.simulation.environment import Environment
from tests.simulation.fifo_queue import FifoQueue
from tests.simulation.steps import Crash, Happening, Steps
from tests.simulation.stores import DeadLetterShelf, DrainPositions, EventIds, Ledgers, Orders, Place, States
from tests.support.dispatcher import MemoryReporter

Retry = Literal["failed", "lowest", "batch"]
"""What the mapping redelivers: the failed records, all from the lowest of them on, or the whole batch."""

START = 1_700_000_000_000
CLUSTER = "arn:aws:kafka:us-east-1:1:cluster/simulated/1"

TABLE = """
version = 1
[destinations.a]
type = "fake"
[destinations.b]
type = "fake"
[[routes]]
name = "ordered"
codigos = [300]
to = ["a", "b"]
ordering = "key"
max_attempts = 4
when_down = "{when_down}"
[[routes]]
name = "ordered-packed"
codigos = [301]
to = ["a"]
ordering = "key"
pack = 3
max_attempts = 4
when_down = "{when_down}"
[[routes]]
name = "loose"
codigos = [302]
to = ["b"]
pack = 2
max_attempts = 3
when_down = "{when_down}"
[[routes]]
name = "claimed"
codigos = [303]
to = ["a", "b"]
idempotency = "event"
max_attempts = 3
when_down = "{when_down}"
[default]
to = ["dead_letter"]
"""
TO = {300: ("a", "b"), 301: ("a",), 302: ("b",), 303: ("a", "b"), 999: ()}
ORDERED = (300, 301)


class World:
    """All of it. `codes` are (partition, codigo, truck) of the records, in the order of their offsets."""

    def __init__(
        self,
        codes: Sequence[tuple[int, int, int]],
        faults: Mapping[str, list[Any]],
        happenings: Mapping[int, Happening] | None = None,
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
        self.a.steps = self.b.steps = self.steps
        self.destinations = {down.name: down for down in (self.a, self.b)}
        self.shelf = DeadLetterShelf(list(faults.get("dead", ())), self.steps)
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.codes: dict[Place, tuple[int, int]] = {}
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
        self.dispatching, self.draining = self._environment(), self._environment()
        self.in_trouble: set[Place] = set()
        """Records of batches and hold messages with which something happened: they may arrive twice."""
        self.errors = 0
        """Invocations that had no answer: the mapping then knows of no record whether it is done."""

    def routing_table(self, when_down: str, text: str = TABLE) -> RoutingTable:
        """Return a table; assign it to `table`, and every process has it from its next batch on."""
        return load(text.replace("{when_down}", when_down), {})

    def now(self) -> int:
        """Return the processes' time of day (epoch ms)."""
        return self.ms + self.skew_ms

    def _jump(self, ms: int) -> None:
        self.skew_ms += ms

    def _environment(self) -> Environment:
        return Environment(self, f"e{next(self._numbers)}")

    def produce(self, partition: int, codigo: int, truck: int) -> None:
        """Add a record to a partition's log; every second offset is a gap."""
        name = f"t-{partition}"
        log = self.records[name]
        message = {"codigo": codigo, "truck_id": f"T-{truck}", "event_id": f"e{partition}.{len(log)}"}
        value = json.dumps({**message, "occurred_at": "2026-11-22T15:00:00Z"}).encode()
        self.codes[(name, len(log) * 2)] = (codigo, truck)
        log.append(
            {
                "topic": "t",
                "partition": partition,
                "offset": len(log) * 2,
                "timestamp": START,
                "key": base64.b64encode(f"{codigo}:{truck}".encode()).decode(),
                "value": base64.b64encode(value).decode(),
                "headers": [],
            }
        )

    def invoke(
        self, batch: Mapping[str, Sequence[int]], *, left_ms: int = 5_000, start: int | None = None
    ) -> dict[str, list[int]]:
        """Deliver the offsets of each partition; return those reported as failed.

        A process that stands still is given up at its deadline: the mapping invokes another one with the same batch,
        whose answer counts.
        """
        groups = {
            name: [record for record in self.records[name] if record["offset"] in set(offsets)]
            for name, offsets in batch.items()
        }
        self.ms = self.ms + 400 if start is None else start
        event = {"eventSource": "aws:kafka", "eventSourceArn": CLUSTER, "records": groups}
        deadline = self.ms + left_ms
        environment, overtaken = self.dispatching, list[dict[str, list[int]]]()

        def stall() -> None:
            self.dispatching = self._environment()
            began, self.ms = self.ms, max(self.ms, deadline) + 100
            overtaken.append(self.invoke(batch))
            self.drain()
            environment.stood_ms += self.ms - began

        self.steps.stall, self.steps.troubled = stall, False
        everything = {name: list(offsets) for name, offsets in batch.items()}
        failed: dict[str, list[int]] = defaultdict(list)
        try:
            owner = Invocation(f"i{next(self._invocations)}", deadline + self.skew_ms)
            answer = environment.dispatcher.dispatch(event, owner)
            for failure in answer["batchItemFailures"]:
                where = failure["itemIdentifier"]
                assert where["offset"] in batch[where["partition"]], "an identifier that was not in the batch"
                failed[where["partition"]].append(where["offset"])
            assert overtaken or self.ms <= deadline, "the invocation outlasted its deadline"
        except (LedgerUnreachableError, Crash) as error:
            failed = everything
            self.errors += 1
            if isinstance(error, Crash):
                self.dispatching = self._environment()
        if self.steps.troubled:
            self.in_trouble |= {(name, offset) for name, offsets in batch.items() for offset in offsets}
        return overtaken[-1] if overtaken else failed

    def drain(self, most: int = 3) -> bool:
        """Let the drainer take what is visible of the hold queue; return whether there was anything."""
        self.ms += 200
        records = self.hold.receive(most)
        if not records:
            return False
        deadline = self.ms + 5_000
        environment, overtaken = self.draining, False

        def stall() -> None:
            nonlocal overtaken
            overtaken, self.draining = True, self._environment()
            began, self.ms = self.ms, self.ms + 61_000
            while self.drain():
                self.ms += 3_000
            environment.stood_ms += self.ms - began

        self.steps.stall, self.steps.troubled = stall, False
        names = {record["messageId"] for record in records}
        try:
            owner = Invocation(f"d{next(self._invocations)}", deadline + self.skew_ms)
            answer = environment.drainer.drain({"Records": records}, owner)
            assert overtaken or self.ms <= deadline, "the drainer outlasted its deadline"
            staying = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            if not overtaken:  # the mapping gave it up
                self.hold.delete(names - staying)
        except Crash:
            self.draining = self._environment()
        if self.steps.troubled:
            messages = [HoldMessage.from_body(record["body"]) for record in records]
            self.in_trouble |= {
                (held.record.source, held.record.offset) for message in messages for held in message.records
            }
        return True

    def run(self, size: int, retry: Retry, turns: Sequence[int] = (), between: Sequence[int] = ()) -> None:
        """Deliver everything, `size` records of a partition at a time, until nothing is left anywhere.

        A record is delivered for the first time in its turn, as Kafka gives it. Where only the failed are retried,
        `turns` says for each batch how many new ones come before them, and with which of them it goes on; `between`
        what goes before a batch: how often the drainer runs, and from 3 on that six minutes pass first. A batch whose
        invocation had no answer comes again as it was, before anything else: the mapping has nothing to choose by.
        """
        turns, between = list(turns), list(between)
        fresh = {name: [record["offset"] for record in log] for name, log in self.records.items()}
        again: dict[str, list[int]] = {name: [] for name in fresh}
        stuck = 0
        unanswered: dict[str, list[int]] = {}
        for _ in range(1_000):
            before = between.pop() if between else 0
            self.ms += 360_000 * (before >= 3)
            for _ in range(before % 3):
                self.drain()
            batch = unanswered
            for name in fresh if not unanswered else ():
                turn = turns.pop() if turns and retry == "failed" else 0
                if stuck and retry == "failed":  # the batches that failed are retried by turns
                    turn = stuck * size % (len(again[name]) or 1)
                new, old = fresh[name][:turn], again[name][turn:] + again[name][:turn]
                delivered = (new + old + fresh[name][turn:])[:size]
                if delivered:
                    batch[name] = delivered
            if not batch:
                break
            errors = self.errors
            failed = self.invoke(batch)
            unanswered = batch if self.errors > errors else {}
            for name, offsets in batch.items():
                undone = sorted(failed.get(name, []))
                if retry == "batch" and any(failed.values()):
                    undone = sorted(offsets)
                elif retry == "lowest" and undone:
                    undone = sorted(offset for offset in offsets if offset >= undone[0])
                fresh[name] = [offset for offset in fresh[name] if offset not in offsets]
                again[name] = sorted(set(undone) | (set(again[name]) - set(offsets)))
            stuck = stuck + 1 if failed == batch else 0
            if any(failed.values()):
                self.ms += 2_000 * min(1 + stuck, 60)
        else:
            raise AssertionError("the batches never came to an end")
        self.empty()

    def empty(self) -> None:
        """Drain until the hold queue is empty."""
        for _ in range(2_000):
            if not self.hold.messages:
                return
            if not self.drain():
                self.ms += 5_000
        raise AssertionError("the hold queue was never drained")

    def check(self, *, ordered: bool = True) -> None:
        """Everything arrived, once unless it was in trouble, and what was taken first is in order."""
        letters = self.shelf.letters
        for place, (codigo, _) in self.codes.items():
            for downstream in (self.a, self.b):
                copies = downstream.taken.count(place)
                if downstream.name not in TO[codigo]:
                    assert copies == 0
                elif place not in self.in_trouble:
                    assert copies == 1 or (copies == 0 and place in letters), (place, downstream.name, copies)
                else:
                    assert copies >= 1 or place in letters, (place, downstream.name)
            if codigo == 999:
                assert place in letters
        if not ordered:
            return
        for downstream in (self.a, self.b):
            by_key: dict[tuple[str, int, int], list[int]] = defaultdict(list)
            for name, offset in dict.fromkeys(downstream.taken):
                codigo, truck = self.codes[(name, offset)]
                if codigo in ORDERED and (name, offset) not in letters:  # what is dead keeps no order
                    by_key[(name, codigo, truck)].append(offset)
            for key, offsets in by_key.items():
                assert offsets == sorted(offsets), (downstream.name, key, offsets)

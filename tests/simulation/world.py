"""A small world on one invented clock: a topic, its mapping, the dispatcher and its destinations, the hold queue.

Everything that decides is the real code; everything that stores or answers is a script.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Literal

from comboio.claims.memory import MemoryClaims
from comboio.clocks import Clocks
from comboio.contract.hold import HoldMessage
from comboio.drain.give_up import GiveUp
from comboio.drain.memory import MemoryDrainStore
from comboio.drain.progress import Progress
from comboio.drain.waiting import Waiting
from comboio.invocation import Invocation
from comboio.ledger.memory import MemoryLedgerStore
from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.destinations.entry import Entry
from dispatcher.dispatch import Dispatcher, DispatchLimits
from dispatcher.drain.drain import Drainer
from dispatcher.fault import Fault, FaultKind
from dispatcher.intake.admission import AdmissionLimits
from dispatcher.parcel import Outcome, Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import OpenGate
from tests.support.dispatcher import InlineExecutor, MemoryReporter

Retry = Literal["failed", "lowest", "batch"]
"""What the mapping redelivers: the failed records, all from the lowest of them on, or the whole batch."""

Place = tuple[str, int]
"""A record: its partition as the mapping names it, and its offset."""

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
[default]
to = ["dead_letter"]
"""
TO = {300: ("a", "b"), 301: ("a",), 302: ("b",), 999: ()}


class Crash(BaseException):
    """The end of the process, as far as the dispatcher can tell."""


class Crashes:
    """Ends the process at the steps named by number; a step is any write that the world's stores and queues take."""

    def __init__(self, at: Sequence[int]) -> None:
        self._at = set(at)
        self._steps = count()

    def step(self) -> None:
        """Take a step, or the end."""
        if next(self._steps) in self._at:
            raise Crash


class Downstream:
    """A destination that follows a script of faults, then works; remembers what it took."""

    max_entries = 4
    max_bytes = max_entry_bytes = 100_000
    concurrency = 3

    def __init__(self, name: str, script: list[FaultKind | None]) -> None:
        self.name = name
        self.taken: list[Place] = []
        self.down = False
        self._script = script
        self._refused: set[Place] = set()

    def make(self, parcels: Sequence[Parcel]) -> tuple[Any, int]:
        return None, 10 * len(parcels)

    def send(self, entries: Sequence[Entry], timeout_s: float) -> list[Fault | None]:
        assert timeout_s > 0
        faults: list[Fault | None] = []
        for entry in entries:
            places = [(parcel.record.source, parcel.record.offset) for parcel in entry.parcels]
            kind = self._script.pop() if self._script else None
            if kind is FaultKind.PERMANENT or self._refused.intersection(places):
                kind = FaultKind.PERMANENT  # what is refused once is refused always
                self._refused.update(places)
            elif self.down:
                kind = FaultKind.TRANSIENT
            if kind is None:
                self.taken += places
            faults.append(Fault(kind, "scripted") if kind else None)
        return faults


class DeadLetterShelf:
    """A DLQ that follows a script of refusals."""

    def __init__(self, script: list[bool], crashes: Crashes) -> None:
        self.letters: list[Place] = []
        self.reasons: list[str | None] = []
        self.served: list[tuple[str, ...]] = []
        self._script = script
        self._crashes = crashes

    def write(self, parcels: Sequence[Parcel], now: int, *, within_s: float) -> None:
        self._crashes.step()
        for parcel in parcels:
            if self._script and self._script.pop():
                parcel.outcome = Outcome.FAILED
            else:
                parcel.in_dlq = True
                self.letters.append((parcel.record.source, parcel.record.offset))
                self.reasons.append(parcel.reason)
                self.served.append(parcel.served)


class CrashingStore(MemoryLedgerStore):
    """A ledger store whose settlements are steps."""

    def __init__(self, crashes: Crashes) -> None:
        super().__init__()
        self._crashes = crashes

    def settle(self, partition: str, owner: str, ledger: Any, lease_until: int, *, within_s: float = 10.0) -> bool:
        self._crashes.step()
        return super().settle(partition, owner, ledger, lease_until, within_s=within_s)


class CrashingDrainStore(MemoryDrainStore):
    """A store of progress whose writes are steps."""

    def __init__(self, crashes: Crashes) -> None:
        super().__init__()
        self._crashes = crashes

    def write(
        self, group: str, progress: Progress, now: int, *, within_s: float, waiting: Waiting | None = None
    ) -> None:
        self._crashes.step()
        super().write(group, progress, now, within_s=within_s, waiting=waiting)
        self._crashes.step()


class Orders:
    """What operators give up, by destination; an order is there from the moment on at which it is given."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.given: dict[str, list[GiveUp]] = {}

    def read(self, destinations: Iterable[str], *, within_s: float) -> Mapping[str, Sequence[GiveUp]]:
        now = self._now()
        return {name: [order for order in self.given.get(name, ()) if order.asked_at <= now] for name in destinations}


class FifoQueue:
    """An SQS FIFO queue as the hold queue, on both its sides: order groups, deduplication, visibility."""

    def __init__(self, now: Callable[[], int], crashes: Crashes, refusals: list[bool]) -> None:
        self._now = now
        self._crashes = crashes
        self._refusals = refusals
        self._numbers = count()
        self.messages: list[dict[str, Any]] = []
        self.written: dict[str, int] = {}
        self.set_aside_bodies: list[str] = []

    def write(self, messages: Sequence[HoldMessage], *, within_s: float) -> list[bool]:
        stopped: set[str] = set()
        kept = []
        for message in messages:
            refused = message.group in stopped or bool(self._refusals and self._refusals.pop())
            if refused:
                stopped.add(message.group)
            else:
                self._put(message, message.group, message.token)
            kept.append(not refused)
        return kept

    def put_aside(self, message: HoldMessage, *, within_s: float) -> bool:
        self._put(message, f"alone-{message.token}", f"alone-{message.token}")
        return True

    def set_aside(self, body: str, *, within_s: float) -> bool:
        self.set_aside_bodies.append(body)
        return True

    def retry_after(self, receipts: Sequence[str], seconds: float, *, within_s: float) -> None:
        for message in self.messages:
            if message["receiptHandle"] in receipts:
                message["visible_at"] = self._now() + int(seconds * 1000)

    def _put(self, message: HoldMessage, group: str, once: str) -> None:
        self._crashes.step()
        if self.written.get(once, -(10**15)) < self._now() - 300_000:
            self.written[once] = self._now()
            name = f"m{next(self._numbers)}"
            self.messages.append(
                {
                    "messageId": name,
                    "receiptHandle": f"r-{name}",
                    "body": message.to_body(),
                    "attributes": {"MessageGroupId": group, "SentTimestamp": str(self._now())},
                    "visible_at": 0,
                }
            )
        self._crashes.step()

    def receive(self, most: int) -> list[dict[str, Any]]:
        """Deliver the first visible messages; none of a group one of whose earlier messages is in flight."""
        found: list[dict[str, Any]] = []
        blocked: set[str] = set()
        for message in self.messages:
            group = message["attributes"]["MessageGroupId"]
            if message["visible_at"] > self._now():
                blocked.add(group)
            elif group not in blocked and len(found) < most:
                found.append(message)
                message["visible_at"] = self._now() + 30_000
        return [{key: value for key, value in message.items() if key != "visible_at"} for message in found]

    def delete(self, names: set[str]) -> None:
        """Take messages out."""
        self.messages = [message for message in self.messages if message["messageId"] not in names]


class World:
    """All of it. `codes` are (partition, codigo, truck) of the records, in the order of their offsets."""

    def __init__(
        self,
        codes: Sequence[tuple[int, int, int]],
        faults: Mapping[str, list[Any]],
        crashes: Sequence[int] = (),
        when_down: str = "wait",
        destinations: "tuple[Downstream, Downstream] | None" = None,
    ) -> None:
        self.ms = START
        self.crashes = Crashes(crashes)
        self.a, self.b = destinations or (
            Downstream("a", list(faults.get("a", ()))),
            Downstream("b", list(faults.get("b", ()))),
        )
        self.shelf = DeadLetterShelf(list(faults.get("dead", ())), self.crashes)
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.codes: dict[Place, tuple[int, int]] = {}
        for partition, codigo, truck in codes:
            self.produce(partition, codigo, truck)
        self.table = load(TABLE.replace("{when_down}", when_down), {})
        states = {
            down.name: DestinationState(down, lambda destination: InlineExecutor())  # type: ignore[arg-type]  # a fake
            for down in (self.a, self.b)
        }
        self.outlets = Outlets(Router(self.table), states)
        self.clocks = Clocks(lambda: self.ms, self._tick, self._pass)
        self.hold = FifoQueue(lambda: self.ms, self.crashes, list(faults.get("hold", ())))
        self.ledgers = CrashingStore(self.crashes)
        self.progress = CrashingDrainStore(self.crashes)
        self.orders = Orders(lambda: self.ms)
        self.reporter = MemoryReporter()
        delivery = Delivery(
            MemoryClaims(),
            self.shelf,
            self.hold if when_down == "divert" else None,
            OpenGate(),
            Timeouts(divert_after_s=1.0, checkpoint_s=0.5),
            self.clocks,
        )
        self.dispatcher = Dispatcher(
            self.ledgers,
            self.progress,
            lambda: self.outlets,
            delivery,
            InlineExecutor(),
            DispatchLimits(AdmissionLimits(incomplete=6, abandon_ms=10**12), margin_s=1),
            reporter=self.reporter,
            clocks=self.clocks,
        )
        self.drainer = Drainer(
            self.hold,
            self.progress,
            self.orders,
            lambda: self.outlets,
            delivery,
            1.0,
            reporter=self.reporter,
            clocks=self.clocks,
            jitter=lambda: 0.5,
        )
        self._invocations = count()
        self.in_crashed: set[Place] = set()

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

    def _tick(self) -> float:
        self.ms += 1
        return self.ms / 1000

    def _pass(self, seconds: float) -> None:
        self.ms += int(seconds * 1000) + 1

    def invoke(
        self, batch: Mapping[str, Sequence[int]], *, left_ms: int = 5_000, start: int | None = None
    ) -> dict[str, list[int]]:
        """Deliver the offsets of each partition; return those reported as failed."""
        groups = {
            name: [record for record in self.records[name] if record["offset"] in set(offsets)]
            for name, offsets in batch.items()
        }
        self.ms = self.ms + 400 if start is None else start
        event = {"eventSource": "aws:kafka", "eventSourceArn": CLUSTER, "records": groups}
        deadline = self.ms + left_ms
        try:
            answer = self.dispatcher.dispatch(event, Invocation(f"i{next(self._invocations)}", deadline))
        except Crash:
            self.in_crashed |= {(name, offset) for name, offsets in batch.items() for offset in offsets}
            return {name: list(offsets) for name, offsets in batch.items()}
        assert self.ms <= deadline, "the invocation outlasted its deadline"
        failed: dict[str, list[int]] = defaultdict(list)
        for failure in answer["batchItemFailures"]:
            where = failure["itemIdentifier"]
            assert where["offset"] in batch[where["partition"]], "an identifier that was not in the batch"
            failed[where["partition"]].append(where["offset"])
        return failed

    def drain(self, most: int = 3) -> bool:
        """Let the drainer take what is visible of the hold queue; return whether there was anything."""
        self.ms += 200
        records = self.hold.receive(most)
        if not records:
            return False
        deadline = self.ms + 5_000
        try:
            answer = self.drainer.drain({"Records": records}, Invocation(f"d{next(self._invocations)}", deadline))
        except Crash:
            messages = [HoldMessage.from_body(record["body"]) for record in records]
            self.in_crashed |= {
                (held.record.source, held.record.offset) for message in messages for held in message.records
            }
            return True
        assert self.ms <= deadline, "the drainer outlasted its deadline"
        staying = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        self.hold.delete({record["messageId"] for record in records} - staying)
        return True

    def run(self, size: int, retry: Retry, turns: Sequence[int] = (), drains: Sequence[bool] = ()) -> None:
        """Deliver everything, `size` records of a partition at a time, until nothing is left anywhere.

        A record is delivered for the first time in its turn, as Kafka gives it. Where only the failed are retried,
        `turns` says for each batch how many new ones come before them, and with which of them it goes on; `drains`
        whether the drainer runs between two batches.
        """
        turns, drains = list(turns), list(drains)
        fresh = {name: [record["offset"] for record in log] for name, log in self.records.items()}
        again: dict[str, list[int]] = {name: [] for name in fresh}
        for _ in range(1_000):
            if drains and drains.pop():
                self.drain()
            batch: dict[str, list[int]] = {}
            for name in fresh:
                turn = turns.pop() if turns and retry == "failed" else 0
                new, old = fresh[name][:turn], again[name][turn:] + again[name][:turn]
                delivered = (new + old + fresh[name][turn:])[:size]
                if delivered:
                    batch[name] = delivered
            if not batch:
                break
            failed = self.invoke(batch)
            for name, offsets in batch.items():
                undone = sorted(failed.get(name, []))
                if retry == "batch" and any(failed.values()):
                    undone = sorted(offsets)
                elif retry == "lowest" and undone:
                    undone = sorted(offset for offset in offsets if offset >= undone[0])
                fresh[name] = [offset for offset in fresh[name] if offset not in offsets]
                again[name] = sorted(set(undone) | (set(again[name]) - set(offsets)))
        else:
            raise AssertionError("the batches never came to an end")
        for _ in range(2_000):
            if not self.hold.messages:
                return
            if not self.drain():
                self.ms += 5_000
        raise AssertionError("the hold queue was never drained")

    def check(self, twice: set[Place], *, ordered: bool = True) -> None:
        """Everything arrived, nothing more than once but what `twice` allows, and what was taken first is in order."""
        letters = self.shelf.letters
        for place, (codigo, _) in self.codes.items():
            for downstream in (self.a, self.b):
                copies = downstream.taken.count(place)
                if downstream.name not in TO[codigo]:
                    assert copies == 0
                elif place not in twice:
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
                if codigo in (300, 301):
                    by_key[(name, codigo, truck)].append(offset)
            for key, offsets in by_key.items():
                assert offsets == sorted(offsets), (downstream.name, key, offsets)

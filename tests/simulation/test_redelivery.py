"""The promises of the dispatcher as a whole, whatever fails and however the mapping brings records again."""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from itertools import count
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from comboio.claims.memory import MemoryClaims
from comboio.clocks import Clocks
from comboio.invocation import Invocation
from comboio.ledger.memory import MemoryLedgerStore
from comboio.routing.table import load
from dispatcher.destinations.destination import NO_BOUND
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.dispatch import Dispatcher
from dispatcher.fault import Fault, FaultKind
from dispatcher.intake.admission import Limits
from dispatcher.parcel import Outcome, Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_queue import DestinationState
from tests.support.dispatcher import MemoryReporter

Retry = Literal["failed", "lowest", "batch"]
START = 1_700_000_000_000

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
[[routes]]
name = "ordered-packed"
codigos = [301]
to = ["a"]
ordering = "key"
pack = 3
max_attempts = 4
[[routes]]
name = "loose"
codigos = [302]
to = ["b"]
pack = 2
max_attempts = 3
[default]
to = ["dead_letter"]
"""


class Inline(Executor):
    """An executor that does it at once: what is tested here is decisions, not threads."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Crash(BaseException):
    """The end of the process, as far as the dispatcher can tell."""


class Downstream:
    """A destination that follows a script of faults, then works; remembers what it took."""

    max_entries = 4
    max_bytes = max_entry_bytes = 100_000
    concurrency = 3

    def __init__(self, name: str, script: list[FaultKind | None]) -> None:
        self.name = name
        self.taken: list[tuple[str, int]] = []
        self._script = script
        self._refused: set[tuple[str, int]] = set()

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        return Encoded("", 10 * len(parcels))

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        faults: list[Fault | None] = []
        for entry in entries:
            places = [(parcel.record.source, parcel.record.offset) for parcel in entry.parcels]
            kind = self._script.pop() if self._script else None
            if kind is FaultKind.PERMANENT or self._refused.intersection(places):
                kind = FaultKind.PERMANENT  # what is refused once is refused always
                self._refused.update(places)
            if kind is None:
                self.taken += places
            faults.append(Fault(kind, "scripted") if kind else None)
        return faults


class Graveyard:
    """A DLQ that follows a script of refusals."""

    def __init__(self, script: list[bool]) -> None:
        self.in_dlq: list[tuple[str, int]] = []
        self._script = script

    def write(self, parcels: Sequence[Parcel], now: int) -> None:
        for parcel in parcels:
            if self._script and self._script.pop():
                parcel.outcome = Outcome.FAILED
            else:
                parcel.in_dlq = True
                self.in_dlq.append((parcel.record.source, parcel.record.offset))


class CrashingStore(MemoryLedgerStore):
    """Ends the process instead of the settlements named (by number)."""

    def __init__(self, crashes: set[int]) -> None:
        super().__init__()
        self._crashes = crashes
        self._settled = count()

    def settle(self, partition: str, owner: str, ledger: Any, lease_until: int) -> bool:
        if next(self._settled) in self._crashes:
            raise Crash
        return super().settle(partition, owner, ledger, lease_until)


class World:
    """A topic of two partitions, its mapping, the dispatcher and its destinations, on one invented clock."""

    def __init__(self, codes: Sequence[tuple[int, int, int]], faults: dict[str, list[Any]], crashes: set[int]) -> None:
        self.ms = START
        self.a, self.b = Downstream("a", faults["a"]), Downstream("b", faults["b"])
        self.graveyard = Graveyard(faults["dead"])
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for partition, codigo, truck in codes:
            self._produce(partition, codigo, truck)
        table = load(TABLE, {})
        outlets = Outlets(table.router(), {"a": DestinationState(self.a), "b": DestinationState(self.b)})
        pool, clocks = Inline(), Clocks(lambda: self.ms, self._tick, self._pass)
        timeouts = Timeouts(margin_s=1, checkpoint_s=0.5)
        self.dispatcher = Dispatcher(
            CrashingStore(crashes),
            lambda: outlets,
            Delivery(MemoryClaims(), self.graveyard, pool, timeouts, clocks),
            pool,
            Limits(pending=6, abandon_ms=10**12),
            reporter=MemoryReporter(),
            clocks=clocks,
        )
        self._invocations = count()
        self.in_crashed: set[tuple[str, int]] = set()

    def _produce(self, partition: int, codigo: int, truck: int) -> None:
        log = self.records[f"t-{partition}"]
        message = {"codigo": codigo, "truck_id": f"T-{truck}", "event_id": f"e{partition}.{len(log)}"}
        value = json.dumps({**message, "occurred_at": "2026-11-22T15:00:00Z"}).encode()
        log.append(
            {
                "topic": "t",
                "partition": partition,
                "offset": len(log) * 2,  # every second offset is a gap
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

    def invoke(self, batch: dict[str, list[int]]) -> dict[str, list[int]]:
        """Brings the offsets of each partition; returns those reported as failed."""
        groups = {
            name: [record for record in self.records[name] if record["offset"] in set(offsets)]
            for name, offsets in batch.items()
        }
        self.ms += 400
        event = {"eventSource": "aws:kafka", "records": groups}
        try:
            answer = self.dispatcher.dispatch(event, Invocation(f"i{next(self._invocations)}", self.ms + 5_000))
        except Crash:
            self.in_crashed |= {(name, offset) for name, offsets in batch.items() for offset in offsets}
            return batch
        failed: dict[str, list[int]] = defaultdict(list)
        for failure in answer["batchItemFailures"]:
            where = failure["itemIdentifier"]
            assert where["offset"] in batch[where["partition"]], "an identifier that was not in the batch"
            failed[where["partition"]].append(where["offset"])
        return failed

    def run(self, size: int, retry: Retry, turns: list[int]) -> None:
        """Brings everything, `size` records of a partition at a time, until nothing is left.

        A record is brought for the first time in its turn, as Kafka gives it. Where only the failed are retried,
        `turns` says for each batch how many new ones come before them, and with which of them it goes on.
        """
        turns = list(turns)
        fresh = {name: [record["offset"] for record in log] for name, log in self.records.items()}
        again: dict[str, list[int]] = {name: [] for name in fresh}
        for _ in range(1_000):
            batch: dict[str, list[int]] = {}
            for name in fresh:
                turn = turns.pop() if turns and retry == "failed" else 0
                new, old = fresh[name][:turn], again[name][turn:] + again[name][:turn]
                brought = (new + old + fresh[name][turn:])[:size]
                if brought:
                    batch[name] = brought
            if not batch:
                return
            failed = self.invoke(batch)
            for name, offsets in batch.items():
                undone = sorted(failed.get(name, []))
                if retry == "batch" and any(failed.values()):
                    undone = sorted(offsets)
                elif retry == "lowest" and undone:
                    undone = sorted(offset for offset in offsets if offset >= undone[0])
                fresh[name] = [offset for offset in fresh[name] if offset not in offsets]
                again[name] = sorted(set(undone) | (set(again[name]) - set(offsets)))
        raise AssertionError("it never came to an end")


FAULTS = st.lists(st.sampled_from([None, None, *FaultKind]), max_size=25)
CODES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([300, 300, 301, 301, 302, 999]), st.integers(0, 2)),
    min_size=1,
    max_size=24,
)
TO = {300: ("a", "b"), 301: ("a",), 302: ("b",), 999: ()}


def _check(world: World, codes: Sequence[tuple[int, int, int]], twice: set[tuple[str, int]]) -> None:
    """Everything arrived, nothing more than once but what `twice` allows, and in order."""
    places: dict[tuple[str, int], tuple[int, int]] = {}
    lengths: dict[int, int] = defaultdict(int)
    for partition, codigo, truck in codes:
        places[(f"t-{partition}", lengths[partition] * 2)] = (codigo, truck)
        lengths[partition] += 1
    in_dlq = world.graveyard.in_dlq
    for place, (codigo, _) in places.items():
        for downstream in (world.a, world.b):
            copies = downstream.taken.count(place)
            if downstream.name not in TO[codigo]:
                assert copies == 0
            elif place not in twice:
                assert copies == 1 or (copies == 0 and place in in_dlq), (place, downstream.name, copies)
            else:
                assert copies >= 1 or place in in_dlq
        if place not in twice:
            assert in_dlq.count(place) <= 1
    for downstream in (world.a, world.b):
        by_key: dict[tuple[str, int, int], list[int]] = defaultdict(list)
        for name, offset in dict.fromkeys(downstream.taken):
            codigo, truck = places[(name, offset)]
            if codigo in (300, 301):
                by_key[(name, codigo, truck)].append(offset)
        for key, offsets in by_key.items():
            assert offsets == sorted(offsets), (downstream.name, key, offsets)


RETRY = st.sampled_from(["failed", "lowest", "batch"])
TURNS = st.lists(st.integers(0, 9), max_size=8)


@settings(max_examples=300, deadline=None)
@given(CODES, FAULTS, FAULTS, st.lists(st.booleans(), max_size=5), st.integers(1, 12), RETRY, TURNS)
def test_each_record_is_dispatched_once_and_in_order(
    codes: Sequence[tuple[int, int, int]],
    faults_a: list[Any],
    faults_b: list[Any],
    dead: list[bool],
    size: int,
    retry: Retry,
    turns: list[int],
) -> None:
    """Whatever the destinations answer and however the mapping retries, every record reaches each destination once
    (or the DLQ), and the order of a key holds."""
    world = World(codes, {"a": list(faults_a), "b": list(faults_b), "dead": list(dead)}, set())
    world.run(size, retry, turns)
    _check(world, codes, twice=set())


@settings(max_examples=300, deadline=None)
@given(CODES, FAULTS, FAULTS, st.sets(st.integers(0, 12), max_size=4), st.integers(1, 12), RETRY, TURNS)
def test_a_crash_repeats_only_its_own_batch(
    codes: Sequence[tuple[int, int, int]],
    faults_a: list[Any],
    faults_b: list[Any],
    crashes: set[int],
    size: int,
    retry: Retry,
    turns: list[int],
) -> None:
    """A crash between a send and its settlement loses nothing, and repeats only records of the crashed batch."""
    world = World(codes, {"a": list(faults_a), "b": list(faults_b), "dead": []}, crashes)
    world.run(size, retry, turns)
    _check(world, codes, twice=world.in_crashed)

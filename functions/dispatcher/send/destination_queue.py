"""One destination's side of a batch: which call goes next, and what its answer means.

No I/O and no clock of its own; `shipping` makes the calls.
"""

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import count

from dispatcher.destinations.destination import Destination
from dispatcher.destinations.entry import Entry
from dispatcher.fault import HELD, Fault, FaultKind
from dispatcher.send.circuit_breaker import CircuitBreaker
from dispatcher.send.concurrency_limit import ConcurrencyLimit
from dispatcher.send.lanes import Lanes

TRIES = 3
"""Calls for an entry within one batch, before its failure counts."""

FIRST_WAIT_S = 0.1


class DestinationState:
    """What is known of a destination from batch to batch; lives as long as the execution environment."""

    def __init__(self, destination: Destination) -> None:
        self.destination = destination
        self.circuit = CircuitBreaker()
        self.limit = ConcurrencyLimit(destination.concurrency)


class DestinationQueue:
    """The entries of one destination in one batch.

    Every entry ends in exactly one of `sent` and `faulted`.
    """

    def __init__(self, state: DestinationState, entries: Iterable[Entry]) -> None:
        self.state = state
        self.under_way = 0
        self._lanes = Lanes(entries)
        self._waiting: list[tuple[float, int, Entry, Fault]] = []
        self._order = count()
        self._single: list[Entry] = []

    @property
    def priority(self) -> int | None:
        """The highest priority that could go; None where nothing could."""
        return self._single[0].priority if self._single else self._lanes.priority

    @property
    def resumes_at(self) -> float | None:
        """When the first entry that waits for another try may go; None if none waits."""
        return self._waiting[0][0] if self._waiting else None

    def next_call(self, now: float) -> list[Entry]:
        """The entries of the next call; none if it may not go now."""
        while self._waiting and self._waiting[0][0] <= now:
            self._lanes.again(heappop(self._waiting)[2])
        state = self.state
        if self.under_way >= state.limit.limit or not state.circuit.allows(now):
            return []
        destination = state.destination
        if self._single:
            entries = [self._single.pop()]
        else:
            entries = self._lanes.take(destination.max_entries, destination.max_bytes)
        if entries:
            self.under_way += 1
            state.circuit.sent()
        return entries

    def answered(self, entries: Sequence[Entry], faults: Sequence[Fault | None], now: float) -> list[Entry]:
        """Reads a call's answer; returns the entries that are through. The parcels of others get their faults."""
        self.under_way -= 1
        self._judge(faults, now)
        if len(entries) > 1 and all(fault and fault.kind is FaultKind.PERMANENT for fault in faults):
            self._single.extend(entries)
            return []
        sent = []
        for entry, fault in zip(entries, faults, strict=True):
            entry.tries += 1
            if fault is None:
                sent.append(entry)
                self._lanes.through(entry)
            elif fault.kind is FaultKind.PERMANENT and len(entry.parcels) > 1:
                self._lanes.split(entry, self._halves(entry))
            elif fault.kind is FaultKind.PERMANENT:
                _add_fault(entry, fault)
                self._lanes.through(entry)
            elif entry.tries < TRIES and not self.state.circuit.open:
                wait_s = FIRST_WAIT_S * 2 ** (entry.tries - 1)
                heappush(self._waiting, (now + wait_s, next(self._order), entry, fault))
            else:
                self._stop(entry, fault)
        return sent

    def _halves(self, entry: Entry) -> list[Entry]:
        """A refused pack in two: the message that is to blame is found in a few calls, and takes no other with it."""
        middle = len(entry.parcels) // 2
        make = self.state.destination.make
        return [
            Entry(part, *make(part), entry.lane, entry.priority)
            for part in (entry.parcels[:middle], entry.parcels[middle:])
        ]

    def give_up(self) -> None:
        """No call begins any more: what is left is held, and what waited for another try has failed."""
        for _, _, entry, fault in self._waiting:
            self._stop(entry, fault)
        self._waiting = []
        for entry in (*self._lanes.drain(), *self._single):
            _add_fault(entry, HELD)
        self._single = []

    def _stop(self, entry: Entry, fault: Fault) -> None:
        _add_fault(entry, fault)
        for behind in self._lanes.stop(entry):
            _add_fault(behind, HELD)

    def _judge(self, faults: Sequence[Fault | None], now: float) -> None:
        """What the answer says of the destination; a refused message says nothing against it."""
        kinds = {fault.kind for fault in faults if fault}
        if FaultKind.THROTTLED in kinds:
            self.state.limit.throttled(now)
        if None in faults or kinds == {FaultKind.PERMANENT}:
            self.state.circuit.succeeded()
            if not kinds:
                self.state.limit.answered()
        else:
            self.state.circuit.failed(now)


def _add_fault(entry: Entry, fault: Fault) -> None:
    for parcel in entry.parcels:
        parcel.add_fault(fault)

"""One destination's side of a batch: which call goes next, and what its answer means.

No I/O and no clock of its own; `sender` makes the calls.
"""

from collections.abc import Iterable, Sequence

from dispatcher.destinations.entry import Entry
from dispatcher.fault import HELD, NO_ANSWER, Fault, FaultKind
from dispatcher.send.backoff import Backoff
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.key_order import Lanes


class DestinationQueue:
    """The entries of one destination in one batch.

    Every entry ends sent, or its parcels have a fault of this destination.
    """

    def __init__(self, state: DestinationState, entries: Iterable[Entry], *, may_wait: bool = True) -> None:
        self.state = state
        self.may_wait = may_wait
        """Whether the batch may use all its time for this destination; else what is left is diverted in time."""
        self.in_flight = 0
        self.troubled = False
        """Whether a call of this batch failed or was throttled."""
        self.suspected = False
        """Whether a message failed again, alone, that had failed before: that may be its own fault."""
        self.over_rate = False
        """Whether the destination's maximum of messages a second kept a call back."""
        self._lanes = Lanes(entries)
        self._sent: dict[int, Entry] = {}
        self._backoff = Backoff()
        self._single: list[Entry] = []
        self._rate_resumes_at: float | None = None

    @property
    def name(self) -> str:
        """The destination's name."""
        return self.state.destination.name

    @property
    def priority(self) -> int | None:
        """The highest priority that could go; None where nothing could."""
        return self._single[-1].priority if self._single else self._lanes.priority

    @property
    def resumes_at(self) -> float | None:
        """When something that waits for its time may go; None if nothing does."""
        times = (self._backoff.resumes_at, self._rate_resumes_at)
        return min((time for time in times if time is not None), default=None)

    def next_call(self, now: float, now_ms: int) -> list[Entry]:
        """Return the entries of the next call; none if it may not go now (`now_ms` is the same moment as epoch ms)."""
        state = self.state
        for entry in self._backoff.due(now):
            self._lanes.again(entry)
        if self.in_flight >= state.limit.limit or not state.circuit.allows(now):
            return []
        if self._single:
            entries, put_back = [self._single.pop()], self._single.append
        else:
            entries = self._lanes.take(state.destination.max_entries, state.destination.max_bytes)
            put_back = self._lanes.again
        if entries and not self._within_rate(entries, now, now_ms):
            for entry in reversed(entries):
                put_back(entry)
            return []
        if entries:
            self.in_flight += 1
            self._sent.update((id(entry), entry) for entry in entries)
            state.circuit.sent()
        return entries

    def _within_rate(self, entries: Sequence[Entry], now: float, now_ms: int) -> bool:
        """Take a token for each message of a call; a call that is larger than a second's tokens waits for several."""
        rate = self.state.rate
        if rate is None:
            return True
        if not rate.take_whole(sum(len(entry.parcels) for entry in entries), now_ms):
            self.over_rate = True
            self._rate_resumes_at = now + max(rate.resumes_at(now_ms) - now_ms, 1) / 1000
            return False
        self._rate_resumes_at = None
        return True

    def answered(self, entries: Sequence[Entry], faults: Sequence[Fault | None], now: float) -> list[Entry]:
        """Read a call's answer; return the entries that are through. The parcels of others get their faults."""
        self.in_flight -= 1
        for entry in entries:
            del self._sent[id(entry)]
        self._judge(faults, now, suspect=entries[0].alone)
        if len(entries) > 1 and all(fault and fault.kind is FaultKind.PERMANENT for fault in faults):
            self._single.extend(reversed(entries))
            return []
        through = []
        for entry, fault in zip(entries, faults, strict=True):
            entry.tries += 1
            if fault is None:
                through.append(entry)
                self._lanes.through(entry)
            elif fault.kind is FaultKind.PERMANENT and len(entry.parcels) > 1:
                self._lanes.split(entry, self._halves(entry))
            elif fault.kind is FaultKind.PERMANENT:
                self._add_fault(entry, fault)
                self._lanes.through(entry)
            elif (
                fault.kind is FaultKind.HELD
                or not self.state.circuit.allows(now)
                or not self._backoff.wait(entry, fault, now)
            ):
                self._stop(entry, fault)
        return through

    def close(self) -> None:
        """Let no call begin any more: what is left is held, and what waited for another try has failed."""
        for entry, fault in self._backoff.end():
            self._stop(entry, fault)
        for entry in (*self._lanes.drain(), *self._single):
            self._add_fault(entry, HELD)
        self._single = []

    def abandon(self) -> None:
        """Take every call that is still in flight for one without an answer."""
        for entry in self._sent.values():
            self._stop(entry, NO_ANSWER)
        self._sent, self.in_flight = {}, 0

    def _halves(self, entry: Entry) -> list[Entry]:
        """Split a refused pack in two: the message at fault is found in a few calls, and takes no other with it."""
        middle = len(entry.parcels) // 2
        make = self.state.destination.make
        return [
            Entry(part, *make(part), entry.lane, entry.priority)
            for part in (entry.parcels[:middle], entry.parcels[middle:])
        ]

    def _stop(self, entry: Entry, fault: Fault) -> None:
        self._add_fault(entry, fault)
        for behind in self._lanes.stop(entry):
            self._add_fault(behind, HELD)

    def _judge(self, faults: Sequence[Fault | None], now: float, *, suspect: bool) -> None:
        """Read what the answer says of the destination; a refused message says nothing against it.

        Nor does a suspect, a message that failed before and goes alone: whether it is poison shows by the others.
        """
        kinds = {fault.kind for fault in faults if fault}
        if None not in faults and kinds == {FaultKind.HELD}:
            self.state.circuit.unsent()
            return
        self.troubled = self.troubled or bool(kinds - {FaultKind.PERMANENT})
        if asked := max((fault.retry_after_s or 0.0 for fault in faults if fault), default=0.0):
            self.state.circuit.retry_after(now, asked)
        if FaultKind.THROTTLED in kinds:
            self.state.limit.throttled(now)
        if None in faults or kinds == {FaultKind.PERMANENT}:
            self.state.circuit.succeeded()
            if not kinds:
                self.state.limit.answered()
        elif suspect and kinds == {FaultKind.TRANSIENT} and not self.state.circuit.open:
            self.suspected = True
        else:
            self.state.circuit.failed(now)

    def _add_fault(self, entry: Entry, fault: Fault) -> None:
        for parcel in entry.parcels:
            parcel.add_fault(self.name, fault)

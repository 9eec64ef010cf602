"""A parcel: one record on its way, with its route, what it still needs, and what became of it."""

from enum import Enum

from msgspec import Struct

from comboio.contract.dead_letter_schema import Reason
from comboio.contract.record import Record
from comboio.message.content import Content
from comboio.routing.route import Route
from dispatcher.attempts import dead_after, uses_attempt
from dispatcher.fault import Fault, FaultKind


class Outcome(Enum):
    """What became of a record in this batch."""

    DISPATCHED = "dispatched"
    """All its destinations have it."""
    DIVERTED = "diverted"
    """Each of its destinations has it, or it is in the hold queue for it."""
    DISCARDED = "discarded"
    """Its route does not want it, or left it out of its sample."""
    DUPLICATE = "duplicate"
    """It was dispatched before."""
    HELD = "held"
    """It was not sent: it is to be redelivered, and no attempt was used."""
    FAILED = "failed"
    """A destination did not take it: it is to be redelivered."""
    DEAD = "dead"
    """It goes to the DLQ, and nowhere else."""


FINISHED = (Outcome.DISPATCHED, Outcome.DIVERTED, Outcome.DISCARDED, Outcome.DUPLICATE)
"""Outcomes after which nothing remains to be done; a dead parcel is done when the DLQ has it."""


class Parcel(Struct, gc=False, eq=False):
    """One admitted record. Its route is None where the record is dead before it could be routed."""

    record: Record
    correlation_id: str
    route: Route | None = None
    event_id: str = ""
    token: int | None = None
    """The hash of its route and key, where the route keeps order."""
    attempts: int = 0
    since: int = 0
    """When it was first left undone (epoch ms); 0: never."""
    served: tuple[str, ...] = ()
    """The destinations that need nothing more: they have it, in this or an earlier delivery, or it is diverted."""
    traceparent: str | None = None
    content: Content | None = None
    """What its message says; None where nobody has read it."""
    faults: dict[str, Fault] | None = None
    """Why a destination does not have it, by destination."""
    outcome: Outcome | None = None
    reason: Reason | None = None
    error: str = ""
    in_dlq: bool = False
    deferred: bool = False
    """Whether it was not admitted, because too much of its partition is incomplete."""
    replay_count: int = 0

    def __repr__(self) -> str:
        """Say which record it is; what it says stands in no log."""
        return f"Parcel({self.record.position})"

    @property
    def fault(self) -> Fault | None:
        """The worst of its faults."""
        return max(self.faults.values(), key=_kind) if self.faults else None

    @property
    def done(self) -> bool:
        """Whether nothing remains to be done."""
        if self.outcome is None:
            return self.route is not None and all(name in self.served for name in self.route.to)  # still on its way
        return self.outcome in FINISHED or (self.outcome is Outcome.DEAD and self.in_dlq)

    def add_fault(self, destination: str, fault: Fault) -> None:
        """Note why a destination does not have it; the worst of several reasons counts."""
        if self.faults is None:
            self.faults = {destination: fault}
        elif (before := self.faults.get(destination)) is None or fault.kind > before.kind:
            self.faults[destination] = fault

    def serve(self, destination: str) -> None:
        """Note that a destination needs nothing more."""
        self.served += (destination,)

    def divert(self, destination: str) -> None:
        """Note that it is in the hold queue for a destination, which therefore needs nothing more."""
        self.serve(destination)
        if self.faults:
            self.faults.pop(destination, None)
        self.outcome = Outcome.DIVERTED  # for the time being: `conclude` decides

    def hold(self, *, deferred: bool = False) -> None:
        """Leave it for a later delivery; `deferred` where it was not admitted at all."""
        self.outcome, self.deferred = Outcome.HELD, deferred

    def dead_letter(self, reason: Reason, error: str) -> None:
        """Send it to the DLQ, and nowhere else."""
        self.outcome, self.reason, self.error = Outcome.DEAD, reason, error

    def conclude(self) -> None:
        """Set the outcome once its destinations have answered; count the attempt if one was used."""
        route = self.route
        undecided = self.outcome is None or self.outcome is Outcome.DIVERTED
        if route is None or not undecided:
            return
        if not self.faults:
            self.outcome = self.outcome or Outcome.DISPATCHED
            return
        fault = max(self.faults.values(), key=_kind)
        if fault.kind <= FaultKind.EXCUSED:
            self.outcome = Outcome.HELD
        else:
            self.outcome = Outcome.FAILED
            if uses_attempt(fault):
                self.use_attempt(fault, route.max_attempts)

    def use_attempt(self, fault: Fault, max_attempts: int) -> None:
        """Count an attempt that this fault ended; after the last one it is dead."""
        self.attempts += 1
        if reason := dead_after(fault, self.attempts, max_attempts):
            self.dead_letter(reason, fault.error)


def _kind(fault: Fault) -> FaultKind:
    return fault.kind

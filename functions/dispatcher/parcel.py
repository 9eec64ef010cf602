"""A record on its way: with its route, what it still needs, and what became of it."""

from enum import Enum

from comboio.contract.dead_letter import Reason
from comboio.contract.record import Record
from comboio.routing.table import Route
from dispatcher.fault import Fault


class Outcome(Enum):
    """What became of a record in this batch."""

    DISPATCHED = "dispatched"
    DUPLICATE = "duplicate"
    HELD = "held"
    FAILED = "failed"
    DEAD = "dead"


class Parcel:
    """One admitted record. Its route is None where the record is dead before it could be routed.

    `token` is the hash of route and key where order is kept; `served` the destinations that have it, in this
    or an earlier delivery; `since` when it was first left undone (ms, 0: never); `waiting` whether it was not admitted
    because too much is pending.
    """

    __slots__ = (
        "attempts",
        "correlation_id",
        "error",
        "event_id",
        "fault",
        "in_dlq",
        "outcome",
        "reason",
        "record",
        "replay_count",
        "route",
        "served",
        "since",
        "token",
        "traceparent",
        "waiting",
    )

    def __init__(
        self,
        record: Record,
        correlation_id: str,
        route: Route | None = None,
        event_id: str = "",
        token: int | None = None,
        attempts: int = 0,
        since: int = 0,
        served: tuple[str, ...] = (),
        traceparent: str | None = None,
    ) -> None:
        self.record = record
        self.correlation_id = correlation_id
        self.route = route
        self.event_id = event_id
        self.token = token
        self.attempts = attempts
        self.since = since
        self.served = served
        self.traceparent = traceparent
        self.fault: Fault | None = None
        self.outcome: Outcome | None = None
        self.reason: Reason | None = None
        self.error = ""
        self.in_dlq = False
        self.waiting = False
        self.replay_count = 0

    @property
    def done(self) -> bool:
        """Whether nothing remains to be done: all its destinations have it, or the DLQ does."""
        if self.outcome is Outcome.DISPATCHED or self.outcome is Outcome.DUPLICATE:
            return True
        if self.outcome is Outcome.DEAD:
            return self.in_dlq
        if self.outcome is not None or self.route is None:
            return False
        return all(name in self.served for name in self.route.to)  # still on its way

    def dead_letter(self, reason: Reason, error: str) -> None:
        """It goes to the DLQ, and nowhere else."""
        self.outcome = Outcome.DEAD
        self.reason = reason
        self.error = error

    def add_fault(self, fault: Fault) -> None:
        """Notes a fault; the worst one decides."""
        if self.fault is None or fault.kind > self.fault.kind:
            self.fault = fault

"""The offset ledger of one partition: what has been handled, and the few offsets that have not.

Pure: what to do with it is decided here, where it is kept is `ledger_store`'s matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

FUTURE_SKEW_MS = 60_000
"""A clock may be ahead by this much before its timestamp counts as one from the future."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An offset below `next` that is not done.

    `since` is the time it was first left undone (ms), `served` the destinations that already have it,
    `token` the hash of its route and key where the route keeps order.
    """

    attempts: int = 0
    since: int = 0
    served: tuple[str, ...] = ()
    token: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """`next` is one past the highest offset settled, `newest` the highest record timestamp handled (ms)."""

    next: int = 0
    newest: int = 0
    pending: Mapping[int, Pending] = field(default_factory=dict)


class Positioned(Protocol):
    """A record as far as the ledger looks at it; `timestamp` in ms."""

    offset: int
    timestamp: int


class Admit(Enum):
    """What the ledger says of an offset."""

    NEW = "new"
    RETRY = "retry"
    DUPLICATE = "duplicate"
    BACKPRESSURE = "backpressure"


@dataclass(frozen=True, slots=True)
class Mark:
    """How one offset of a batch stands: done, or left with what its next attempt must know."""

    offset: int
    timestamp: int
    done: bool
    attempts: int = 0
    served: tuple[str, ...] = ()
    token: int | None = None


def admit(ledger: Ledger, offset: int, bound: int) -> Admit:
    """Whether a record may be dispatched; at `bound` pending offsets nothing new is admitted."""
    if offset in ledger.pending:
        return Admit.RETRY
    if offset < ledger.next:
        return Admit.DUPLICATE
    return Admit.BACKPRESSURE if len(ledger.pending) >= bound else Admit.NEW


def recreated(ledger: Ledger, records: Iterable[Positioned], now: int) -> bool:
    """Whether some record below `next` is newer than anything ever handled.

    Then the topic was deleted and made again, and starts at offset 0: its records are not duplicates. A
    timestamp from the future, or none (0 or less), proves nothing.
    """
    return any(
        record.offset < ledger.next
        and ledger.newest < record.timestamp <= now + FUTURE_SKEW_MS
        and record.offset not in ledger.pending
        for record in records
    )


def abandon(ledger: Ledger, present: Iterable[Positioned], now: int, after_ms: int) -> tuple[Ledger, list[int]]:
    """Drops the pending offsets that nobody brings any more, and says which.

    A record that the mapping gave up on never comes again, and would hold back its key for ever; it is in
    the mapping's on-failure destination. `after_ms` must be longer than the mapping itself goes on trying.
    """
    old = {offset for offset, pending in ledger.pending.items() if now - pending.since > after_ms}
    old -= {record.offset for record in present} if old else set()
    if not old:
        return ledger, []
    kept = {offset: pending for offset, pending in ledger.pending.items() if offset not in old}
    return replace(ledger, pending=kept), sorted(old)


def settle(ledger: Ledger, marks: Iterable[Mark], now: int) -> Ledger:
    """The ledger after a batch, or a part of it.

    An undone offset past the last one that has anything to say needs no entry: it is simply not below
    `next`, and comes again as new.
    """
    marks = list(marks)
    past = [mark.offset + 1 for mark in marks if mark.done or mark.attempts or mark.served]
    top = max([ledger.next, *past])
    pending = dict(ledger.pending)
    newest = ledger.newest
    for mark in marks:
        if mark.done:
            pending.pop(mark.offset, None)
            newest = max(newest, min(mark.timestamp, now))
        elif mark.offset < top:
            before = pending.get(mark.offset)
            since = before.since if before else now
            pending[mark.offset] = Pending(mark.attempts, since, mark.served, mark.token)
    return Ledger(top, newest, pending)

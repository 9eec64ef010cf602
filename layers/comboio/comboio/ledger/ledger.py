"""The offset ledger of one partition: what has been handled, and the few offsets that have not.

Pure: what to do with it is decided here, where it is kept is `ledger_store`'s matter.

An offset below `next` is done unless it is `pending` (admitted, not done) or `waiting` (brought, never admitted). So
whatever order the mapping brings records in, none that it has brought once can be taken for done by mistake.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple, Protocol

from comboio.ledger.offsets import Ranges, contains, difference, ranges, union

FUTURE_SKEW_MS = 60_000
"""A clock may be ahead by this much before its timestamp counts as one from the future."""


class Pending(NamedTuple):
    """An offset below `next` that was admitted and is not done.

    `since` is the time it was first left undone (ms), `served` the destinations that already have it,
    `token` the hash of its route and key where the route keeps order.
    """

    attempts: int = 0
    since: int = 0
    served: tuple[str, ...] = ()
    token: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """`next` is one past the highest offset answered for, `newest` the highest record timestamp handled (ms).

    `waiting` are ranges of offsets that were brought and not admitted, because the partition was somebody else's or
    had too much pending, or their batch crashed; `waiting_since` the time of the last of these events (ms). `refusals`
    are the ones that a claim has found noted by others, and a settlement takes off the notes.
    """

    next: int = 0
    newest: int = 0
    pending: Mapping[int, Pending] = field(default_factory=dict)
    waiting: Ranges = ()
    waiting_since: int = 0
    refusals: tuple[str, ...] = ()


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


class RecordState(Enum):
    """How a record of a batch stands at its end."""

    DONE = "done"
    PENDING = "pending"
    WAITING = "waiting"


class RecordResult(NamedTuple):
    """One record of a batch at its end; the rest is what its next attempt must know."""

    offset: int
    timestamp: int
    standing: RecordState
    attempts: int = 0
    served: tuple[str, ...] = ()
    token: int | None = None


def admit(ledger: Ledger, offset: int, bound: int) -> Admit:
    """Whether a record may be dispatched; at `bound` pending offsets nothing new is admitted."""
    if offset in ledger.pending:
        return Admit.RETRY
    if offset < ledger.next and not (ledger.waiting and contains(ledger.waiting, offset)):
        return Admit.DUPLICATE
    return Admit.BACKPRESSURE if len(ledger.pending) >= bound else Admit.NEW


def recover(ledger: Ledger, crashed: Ranges, refused: Iterable[Ranges], now: int) -> Ledger:
    """The ledger with what was brought and never answered for.

    `crashed` was brought to an owner that never settled: what is below `next` it had answered for already. `refused`
    was brought while there was a live owner, and noted as far as neither that owner nor the ledger knew of it.
    """
    unknown = difference(crashed, ((0, ledger.next - 1),) if ledger.next else ())
    for brought in refused:
        unknown = union(unknown, brought)
    if not unknown:
        return ledger
    top = max(ledger.next, unknown[-1][1] + 1)
    return replace(ledger, next=top, waiting=union(ledger.waiting, unknown), waiting_since=now)


def refusal(brought: Ranges, next_offset: int, theirs: Ranges) -> Ranges:
    """What must be noted when a live owner has the partition: what neither the ledger nor the owner knows of."""
    known = ((0, next_offset - 1),) if next_offset else ()
    return difference(difference(brought, known), theirs)


def recreated(ledger: Ledger, records: Iterable[Positioned], now: int) -> bool:
    """Whether some record that passes for done is newer than anything ever handled.

    Then the topic was deleted and made again, and starts at offset 0: its records are not duplicates. A
    timestamp from the future, or none (0 or less), proves nothing.
    """
    return any(
        record.offset < ledger.next
        and ledger.newest < record.timestamp <= now + FUTURE_SKEW_MS
        and record.offset not in ledger.pending
        and not contains(ledger.waiting, record.offset)
        for record in records
    )


def abandon(ledger: Ledger, present: Iterable[Positioned], now: int, after_ms: int) -> tuple[Ledger, int]:
    """Drops the offsets that nobody brings any more, and says how many.

    A record that the mapping gave up on never comes again, and would hold back its key for ever; it is in
    the mapping's on-failure destination. `after_ms` must be longer than the mapping itself goes on trying.
    """
    old = {offset for offset, pending in ledger.pending.items() if now - pending.since > after_ms}
    stale = ledger.waiting if ledger.waiting and now - ledger.waiting_since > after_ms else ()
    if not old and not stale:
        return ledger, 0
    here = {record.offset for record in present}
    old -= here
    dropped = difference(stale, ranges(here))
    kept = {offset: pending for offset, pending in ledger.pending.items() if offset not in old}
    count = len(old) + sum(last - first + 1 for first, last in dropped)
    return replace(ledger, pending=kept, waiting=difference(ledger.waiting, dropped)), count


def rewind(ledger: Ledger, offset: int) -> Ledger:
    """The ledger to which all from `offset` on is new; what stands below it stays as it stands.

    `newest` stays: what is dispatched again is no newer than that, so `recreated` does not take it for a new topic, and
    the duplicates below `offset` stay duplicates.
    """
    kept = {place: entry for place, entry in ledger.pending.items() if place < offset}
    waiting = tuple((first, min(last, offset - 1)) for first, last in ledger.waiting if first < offset)
    return replace(ledger, next=min(ledger.next, offset), pending=kept, waiting=waiting)


def settle(ledger: Ledger, marks: Sequence[RecordResult], now: int) -> Ledger:
    """The ledger after a batch, or a part of it. Saying it again changes nothing."""
    if not marks:
        return ledger
    top = max(ledger.next, max(mark.offset for mark in marks) + 1)
    pending = dict(ledger.pending)
    newest = ledger.newest
    refused: list[int] = []
    for mark in marks:
        if mark.standing is RecordState.DONE:
            pending.pop(mark.offset, None)
            if mark.timestamp <= now + FUTURE_SKEW_MS:  # as `recreated` looks at it: a duplicate must not seem newer
                newest = max(newest, mark.timestamp)
        elif mark.standing is RecordState.PENDING:
            before = pending.get(mark.offset)
            pending[mark.offset] = Pending(mark.attempts, before.since if before else now, mark.served, mark.token)
        else:
            refused.append(mark.offset)
    waiting, since = ledger.waiting, ledger.waiting_since
    if waiting:
        waiting = difference(waiting, ranges(mark.offset for mark in marks))
    if refused:
        waiting, since = union(waiting, ranges(refused)), now
    return Ledger(top, newest, pending, waiting, since, ledger.refusals)

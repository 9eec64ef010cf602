"""The offset ledger of one partition: which records are done, and what is known of those that are not.

Pure: what to do is decided here; where ledgers are kept is the stores' matter.

**An offset is done only because a settlement said so.** The ledger covers the offsets from `first` up to `next`. One of
them is done unless it is `incomplete` (admitted, and not through), `deferred` (delivered, never answered for) or in a
`gap` (never delivered as far as the ledger knows, or known to no more detail). So no order of delivery, gap between
offsets, crash or limit of space can make an offset pass for done that no settlement called done. What is forgotten is
only ever forgotten towards "not done": a duplicate, never a loss.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from comboio.ledger.offsets import Ranges, contains, count, difference, ranges, union


class Incomplete(NamedTuple):
    """An offset that was admitted and is not done."""

    attempts: int = 0
    since: int = 0
    """When it was first left undone (epoch ms)."""
    served: tuple[str, ...] = ()
    """The destinations that need nothing more: they have the record, or it is in the hold queue for them."""
    token: int | None = None
    """The hash of its route and key, where the route keeps order."""
    timestamp: int = 0
    """The record's own, where some destinations are served: a record with another one is another record."""


class Delivered(NamedTuple):
    """Offsets that were delivered to an invocation which has not answered for them, as the store notes them."""

    note: str
    """The note itself, which a settlement takes off."""
    offsets: Ranges
    exact: bool
    """Whether `offsets` are all real, or reach over gaps because the exact set did not fit."""


class Ledger(Struct, frozen=True):
    """What is known of a partition."""

    first: int = 0
    """The lowest offset that was ever settled."""
    next: int = 0
    """One past the highest offset that was ever answered for or delivered; 0 where nothing is known."""
    newest: int = 0
    """The highest timestamp of all records that are done (ms): no done record has a later one."""
    incomplete: Mapping[int, Incomplete] = field(default_factory=dict)
    deferred: Ranges = ()
    deferred_since: int = 0
    """When an offset was last deferred that was not before (epoch ms): what is deferred again and again must not keep
    others fresh that never come again."""
    gaps: Ranges = ()
    samples: Mapping[int, int] = field(default_factory=dict)
    """Fingerprints of a few records by offset: see comboio.ledger.recreated."""
    diverted: Mapping[str, str] = field(default_factory=dict)
    """By destination: the last message in the hold queue that records of this partition must not overtake."""
    delivered: tuple[str, ...] = ()
    """The notes of deliveries that a claim found; a settlement takes them off."""
    replayed: tuple[str, ...] = ()
    """Those of replays."""


class RecordState(Enum):
    """How a record of a batch stands when the batch is settled."""

    DONE = "done"
    INCOMPLETE = "incomplete"
    DEFERRED = "deferred"


class RecordResult(NamedTuple):
    """One record of a batch as it is settled; the rest is what its next attempt must know."""

    offset: int
    timestamp: int
    state: RecordState
    attempts: int = 0
    served: tuple[str, ...] = ()
    token: int | None = None


def covered(ledger: Ledger) -> Ranges:
    """Return the offsets from `first` up to `next`."""
    return ((ledger.first, ledger.next - 1),) if ledger.first < ledger.next else ()


def undone(ledger: Ledger, offsets: Ranges) -> Ranges:
    """Return those of the offsets that no settlement has called done."""
    unfinished = union(union(ledger.gaps, ledger.deferred), ranges(ledger.incomplete))
    return difference(offsets, difference(covered(ledger), unfinished))


def cover(ledger: Ledger, offsets: Ranges) -> Ledger:
    """Return the ledger widened to `offsets`, all of which are known; the others that it newly covers are a gap."""
    if not offsets:
        return ledger
    if ledger.next == 0:
        first, top = offsets[0][0], offsets[-1][1] + 1
    else:
        first, top = min(ledger.first, offsets[0][0]), max(ledger.next, offsets[-1][1] + 1)
    new = difference(((first, top - 1),), covered(ledger))
    gaps = difference(union(ledger.gaps, new), offsets)
    return replace(ledger, first=first, next=top, gaps=gaps)


def recover(ledger: Ledger, delivered: Iterable[Delivered], now: int) -> Ledger:
    """Return the ledger with what was delivered and never answered for.

    Records of an invocation that crashed, or was refused because another one had the lease, are deferred: the order of
    keys waits for them. Where only a span of them is known, they are a gap: not done, and nothing waits for them.
    """
    recovered = ledger
    for note in delivered:
        unanswered = difference(undone(ledger, note.offsets), ranges(ledger.incomplete))
        recovered = cover(recovered, unanswered)
        if note.exact:
            if difference(unanswered, recovered.deferred):
                recovered = replace(recovered, deferred=union(recovered.deferred, unanswered), deferred_since=now)
        else:
            unknown = difference(unanswered, recovered.deferred)
            recovered = replace(recovered, gaps=union(recovered.gaps, unknown))
    return recovered


def abandon(ledger: Ledger, present: Iterable[int], now: int, after_ms: int) -> tuple[Ledger, int]:
    """Return the ledger in which nothing waits any longer for what is not redelivered, and how many offsets that were.

    A record that the mapping gave up is never redelivered, and would block its key for ever; it is in the mapping's
    on-failure destination. It becomes a gap: should it come all the same, it is dispatched. `after_ms` must be longer
    than the mapping itself retries.
    """
    ledger = _not_in_the_future(ledger, now)
    old = {offset for offset, entry in ledger.incomplete.items() if now - entry.since > after_ms}
    stale = ledger.deferred if ledger.deferred and now - ledger.deferred_since > after_ms else ()
    if not old and not stale:
        return ledger, 0
    left = difference(union(ranges(old), stale), ranges(present))
    return _let_go(ledger, left), count(left)


def replayed(ledger: Ledger, offsets: Ranges) -> Ledger:
    """Return the ledger in which nothing waits any longer for records that were dispatched past it.

    They become a gap and not done: at their offsets another topic of the name may have others by now.
    """
    waiting = union(ranges(ledger.incomplete), ledger.deferred)
    return _let_go(ledger, difference(waiting, difference(waiting, offsets)))


def _let_go(ledger: Ledger, unfinished: Ranges) -> Ledger:
    if not unfinished:
        return ledger
    kept = {offset: entry for offset, entry in ledger.incomplete.items() if not contains(unfinished, offset)}
    gaps, deferred = union(ledger.gaps, unfinished), difference(ledger.deferred, unfinished)
    return replace(ledger, incomplete=kept, deferred=deferred, gaps=gaps)


def _not_in_the_future(ledger: Ledger, now: int) -> Ledger:
    """Return the ledger with what a clock that was ahead left undone as if that were now: else it never grew old."""
    if ledger.deferred_since > now:
        ledger = replace(ledger, deferred_since=now)
    if any(entry.since > now for entry in ledger.incomplete.values()):
        aged = {place: entry._replace(since=min(entry.since, now)) for place, entry in ledger.incomplete.items()}
        ledger = replace(ledger, incomplete=aged)
    return ledger


def rewind(ledger: Ledger, offset: int) -> Ledger:
    """Return the ledger to which everything from `offset` on is new; what is below it stays as it is."""
    if offset >= ledger.next:
        return ledger
    kept = {place: entry for place, entry in ledger.incomplete.items() if place < offset}
    above = ((offset, ledger.next - 1),)
    return replace(
        ledger,
        first=min(ledger.first, offset),
        next=offset,
        incomplete=kept,
        deferred=difference(ledger.deferred, above),
        gaps=difference(ledger.gaps, above),
        # What comes there may be of another log: a recreated topic is rewound to 0.
        samples={place: fingerprint for place, fingerprint in ledger.samples.items() if place < offset},
    )


def finish(ledger: Ledger, offsets: Ranges, newest: int) -> Ledger:
    """Return the ledger after records of these offsets were done; `newest` is the latest of their timestamps."""
    if not offsets:
        return ledger
    deferred = difference(ledger.deferred, offsets)
    return replace(
        cover(ledger, offsets),
        newest=max(ledger.newest, newest),
        incomplete={offset: entry for offset, entry in ledger.incomplete.items() if not contains(offsets, offset)},
        deferred=deferred,
        deferred_since=ledger.deferred_since if deferred else 0,
    )


def settle(ledger: Ledger, results: Sequence[RecordResult], now: int) -> Ledger:
    """Return the ledger after a batch, or a part of it. Settling the same again changes nothing."""
    done = [result for result in results if result.state is RecordState.DONE]
    newest = max([result.timestamp for result in done], default=0)
    ledger = finish(ledger, ranges(result.offset for result in done), newest)
    undone = [result for result in results if result.state is not RecordState.DONE]
    if not undone:
        return ledger
    offsets = ranges(result.offset for result in undone)
    incomplete = dict(ledger.incomplete)
    held_back: list[int] = []
    for result in undone:
        if result.state is RecordState.INCOMPLETE:
            before = incomplete.get(result.offset)
            since = before.since if before else now
            stamp = result.timestamp if result.served else 0
            incomplete[result.offset] = Incomplete(result.attempts, since, result.served, result.token, stamp)
        elif result.offset not in incomplete:
            held_back.append(result.offset)
    deferred, since = difference(ledger.deferred, offsets), ledger.deferred_since
    if held_back:
        again = ranges(held_back)
        deferred = union(deferred, again)
        since = now if difference(again, ledger.deferred) else since
    return replace(
        cover(ledger, offsets),
        incomplete=incomplete,
        deferred=deferred,
        deferred_since=since if deferred else 0,
    )

"""Breakages that can be planted, to prove that the simulation finds what it is for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from msgspec.structs import replace

from comboio.aws.json_api import AwsError
from comboio.claims.claims import ClaimResult
from comboio.claims.memory import MemoryClaims
from comboio.invocation import Invocation
from comboio.ledger import ledger
from comboio.ledger.ledger import Ledger, RecordState
from comboio.ledger.memory import MemoryLedgerStore
from comboio.ledger.offsets import Ranges
from consumer.event import ConsumedRecord
from consumer.inflight.inflight import InFlight
from consumer.inflight.offset import OffsetTracker
from consumer.inflight.retry import RetryQueue
from dispatcher import dispatch
from dispatcher.deadline import Budget
from dispatcher.drain.group import Group
from dispatcher.drain.hold_source import SqsHoldSource
from dispatcher.intake import leases
from dispatcher.intake.leases import Leases
from dispatcher.parcel import Outcome, Parcel
from dispatcher.send import calls
from dispatcher.send.dead_letter_queue import DeadLetterQueue
from tests.simulation.producer.plants import PLANTS as PRODUCER_PLANTS


def _no_markers() -> None:
    """Let records go straight past what waits for them in the hold queue."""
    _put(dispatch, "behind_hold_queue", lambda *_: {})


def _no_gaps() -> None:
    """Let offsets that were never delivered count as done once higher ones are."""
    whole = ledger.cover

    def cover(held: Ledger, offsets: Ranges) -> Ledger:
        return replace(whole(held, offsets), gaps=())

    _put(ledger, "cover", cover)


def _settle_before_send() -> None:
    """Let what was admitted count as done, whatever becomes of it."""
    _put(leases, "_at_the_end", lambda _: RecordState.DONE)


def _no_lease() -> None:
    """Let whoever settles last win, whether the lease is theirs or not."""
    settle = MemoryLedgerStore.settle

    def settle_anyway(self: MemoryLedgerStore, partition: str, owner: str, *rest: Any, **more: Any) -> bool:
        self._items[partition].owner = owner
        return settle(self, partition, owner, *rest, **more)

    _put(MemoryLedgerStore, "settle", settle_anyway)


def _commit_past_a_gap() -> None:
    """Let the consumer commit everything that it fetched."""
    _put(OffsetTracker, "position", property(lambda self: self.seen))


def _unanswered_is_overtaken() -> None:
    """Let the consumer go on with a partition of whose batch it had no answer."""
    partitions = RetryQueue.partitions

    def only_answered(self: RetryQueue, *, unanswered: bool = False) -> frozenset[str]:
        return frozenset() if unanswered else partitions(self)

    _put(RetryQueue, "partitions", only_answered)


def _failed_is_done() -> None:
    """Let the consumer take a batch for done as soon as one record of it is."""
    again = InFlight._again

    def whole_or_nothing(self: InFlight, batch: list[ConsumedRecord], failed: list[ConsumedRecord]) -> Any:
        return again(self, batch, failed) if len(failed) == len(batch) else []

    _put(InFlight, "_again", whole_or_nothing)


def _copies_are_sent() -> None:
    """Let a record take the claim of its event although another one has it."""
    take = MemoryClaims.take

    def ours(self: MemoryClaims, *asked: Any, **more: Any) -> list[ClaimResult]:
        return [ClaimResult.OURS if each is ClaimResult.TAKEN else each for each in take(self, *asked, **more)]

    _put(MemoryClaims, "take", ours)


def _drained_is_new() -> None:
    """Let a hold message that was drained, and comes again, be drained again."""
    load = Group.load

    def forgetful(self: Group, *given: Any) -> None:
        self.progress = replace(self.progress, drained=())
        load(self, *given)

    _put(Group, "load", forgetful)


def _foreign_is_dropped() -> None:
    """Let a message of the hold queue that somebody else wrote be deleted."""
    _put(SqsHoldSource, "set_aside", lambda *_, **__: True)


def _unwritten_letters_count() -> None:
    """Let a dead record be done whether or not the DLQ has its letter."""
    write = DeadLetterQueue.write

    def written(self: DeadLetterQueue, parcels: Sequence[Parcel], *rest: Any, **more: Any) -> None:
        write(self, parcels, *rest, **more)
        for parcel in parcels:
            parcel.outcome, parcel.in_dlq = Outcome.DEAD, True

    _put(DeadLetterQueue, "write", written)


def _unreachable_is_new() -> None:
    """Let a ledger that does not answer pass for one that knows nothing yet."""
    take = Leases._take

    def anyhow(self: Leases, claims: Mapping[str, Any], *rest: Any) -> None:
        take(self, {name: Ledger() if isinstance(each, AwsError) else each for name, each in claims.items()}, *rest)

    _put(Leases, "_take", anyhow)


def _unnamed_is_taken() -> None:
    """Let an entry that the answer does not name count as taken."""
    _put(calls, "_complete", lambda faults, entries: [*faults, *[None] * (len(entries) - len(faults))])


def _raised_is_taken() -> None:
    """Let a call that raised an error count as answered."""
    _put(calls, "_defect", lambda _, entries, __: [None] * len(entries))


def _late_deadline() -> None:
    """Let an invocation take its deadline for two seconds later than it is."""
    of = Budget.of

    def later(invocation: Invocation, *rest: Any) -> Budget:
        return of(replace(invocation, deadline=invocation.deadline + 2_000), *rest)

    _put(Budget, "of", later)


_before: list[tuple[object, str, object]] = []


def _put(place: object, name: str, value: object) -> None:
    _before.append((place, name, getattr(place, name)))
    setattr(place, name, value)


DISPATCHER_PLANTS: dict[str, Callable[[], None]] = {
    "no-markers": _no_markers,
    "no-gaps": _no_gaps,
    "settle-before-send": _settle_before_send,
    "no-lease": _no_lease,
    "commit-past-a-gap": _commit_past_a_gap,
    "unanswered-is-overtaken": _unanswered_is_overtaken,
    "failed-is-done": _failed_is_done,
    "copies-are-sent": _copies_are_sent,
    "drained-is-new": _drained_is_new,
    "foreign-is-dropped": _foreign_is_dropped,
    "unwritten-letters-count": _unwritten_letters_count,
    "unreachable-is-new": _unreachable_is_new,
    "unnamed-is-taken": _unnamed_is_taken,
    "raised-is-taken": _raised_is_taken,
    "late-deadline": _late_deadline,
}
PLANTS = DISPATCHER_PLANTS | {name: partial(each, _put) for name, each in PRODUCER_PLANTS.items()}


def plant(name: str) -> None:
    """Plant a breakage into this process; none for the empty name.

    Raises:
        KeyError: there is none of that name.
    """
    if name:
        PLANTS[name]()


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Plant a breakage for a while."""
    try:
        plant(name)
        yield
    finally:
        while _before:
            setattr(*_before.pop())

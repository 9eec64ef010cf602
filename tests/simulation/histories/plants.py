"""Breakages that can be planted, to prove that the simulation finds what it is for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from comboio.ledger import ledger
from comboio.ledger.ledger import Ledger, RecordState
from comboio.ledger.memory import MemoryLedgerStore
from comboio.ledger.offsets import Ranges
from consumer.event import ConsumedRecord
from consumer.inflight.inflight import InFlight
from consumer.inflight.offset import OffsetTracker
from consumer.inflight.retry import RetryQueue
from dispatcher import dispatch
from dispatcher.intake import leases
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

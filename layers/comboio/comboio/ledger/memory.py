"""The ledgers in one process's memory: for tests, and to run without AWS."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from comboio.invocation import LONGEST_HOLD_MS
from comboio.ledger.delivered import MOST_NOTES, exact_notes, from_notes, to_note
from comboio.ledger.encoding import Attributes, from_attributes, to_attributes
from comboio.ledger.ledger import Ledger, recover, replayed
from comboio.ledger.offsets import Ranges
from comboio.ledger.store import LeaseInfo, LedgerFault, WaitForClaims, WaitForSettlements, each


@dataclass(slots=True)
class Item:
    """A partition's item: what DynamoDB would have of it."""

    owner: str = ""
    lease_until: int = 0
    attributes: Attributes = field(default_factory=lambda: to_attributes(Ledger()))
    notes: set[str] = field(default_factory=set)
    replayed: set[str] = field(default_factory=set)


class MemoryLedgerStore:
    """A LedgerStore for one thread; it answers at once, so it ignores `within_s`."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    def claim(
        self,
        partition: str,
        owner: str,
        now: int,
        until: int,
        offsets: Ranges,
        *,
        within_s: float = 10.0,  # noqa: ARG002 it answers at once
    ) -> Ledger | None:
        """See LedgerStore."""
        item = self._items.setdefault(partition, Item())
        note = to_note(offsets)
        if item.owner not in ("", owner) and now < item.lease_until <= now + LONGEST_HOLD_MS:
            if len(item.notes) < MOST_NOTES:
                item.notes.add(note)
            return None
        ledger = _recovered(item, now)
        item.owner, item.lease_until = owner, until
        item.notes.add(note)
        return replace(ledger, delivered=tuple(sorted(item.notes)), replayed=tuple(sorted(item.replayed)))

    def settle(
        self,
        partition: str,
        owner: str,
        ledger: Ledger,
        lease_until: int,
        *,
        within_s: float = 10.0,  # noqa: ARG002 it answers at once
    ) -> bool:
        """See LedgerStore."""
        item = self._items.get(partition)
        if item is None or item.owner != owner:
            return False
        item.notes -= set(ledger.delivered)
        item.replayed -= set(ledger.replayed)
        item.lease_until, item.attributes = lease_until, to_attributes(ledger)
        return True

    def release(self, partition: str, owner: str, *, within_s: float = 10.0) -> None:  # noqa: ARG002 it answers at once
        """See LedgerStore."""
        item = self._items.get(partition)
        if item is not None and item.owner == owner:
            item.lease_until = 0

    def begin_claims(
        self, deliveries: Mapping[str, Ranges], owner: str, now: int, until: int, *, within_s: float = 10.0
    ) -> WaitForClaims:
        """See LedgerStore."""
        found = each(deliveries, lambda name: self.claim(name, owner, now, until, deliveries[name], within_s=within_s))
        return lambda: found

    def begin_settlements(
        self, ledgers: Mapping[str, Ledger], owner: str, lease_until: int, *, within_s: float = 10.0
    ) -> WaitForSettlements:
        """See LedgerStore."""
        found = each(ledgers, lambda name: self.settle(name, owner, ledgers[name], lease_until, within_s=within_s))
        return lambda: found

    def note_replays(
        self,
        replays: Mapping[str, Ranges],
        *,
        within_s: float = 10.0,  # noqa: ARG002 it answers at once
    ) -> dict[str, bool | LedgerFault]:
        """See ReplayNotes."""
        return each(replays, lambda name: self._note_replays(name, replays[name]))

    def _note_replays(self, partition: str, offsets: Ranges) -> bool:
        item = self._items.get(partition)
        if item is None or len(item.replayed) >= MOST_NOTES:
            return False
        item.replayed.update(exact_notes(offsets))
        return True

    def peek(self, partition: str, now: int) -> LeaseInfo | None:
        """See LedgerStore."""
        item = self._items.get(partition)
        return None if item is None else LeaseInfo(item.owner, item.lease_until, _recovered(item, now))

    def ledger(self, partition: str) -> Ledger:
        """Return the ledger as it was last settled."""
        return from_attributes(self._items[partition].attributes) if partition in self._items else Ledger()


def _recovered(item: Item, now: int) -> Ledger:
    ledger = recover(from_attributes(item.attributes), from_notes(sorted(item.notes)), now)
    for note in from_notes(sorted(item.replayed)):
        ledger = replayed(ledger, note.offsets)
    return ledger

"""The ledgers in one process's memory: for tests, and to run without AWS."""

from dataclasses import dataclass, field, replace

from comboio.ledger.ledger import Ledger, recover, refusal
from comboio.ledger.offsets import Ranges, from_text, to_text, union
from comboio.ledger.store import LeaseInfo


@dataclass(slots=True)
class _Item:
    owner: str = ""
    lease_until: int = 0
    brought: Ranges = ()
    ledger: Ledger = field(default_factory=Ledger)
    refused: set[str] = field(default_factory=set)


class MemoryLedgerStore:
    """A LedgerStore for one thread."""

    def __init__(self) -> None:
        self._items: dict[str, _Item] = {}

    def claim(self, partition: str, owner: str, now: int, until: int, brought: Ranges) -> Ledger | None:
        """See LedgerStore."""
        item = self._items.setdefault(partition, _Item())
        if item.owner not in ("", owner) and item.lease_until > now:
            if unknown := refusal(brought, item.ledger.next, item.brought):
                item.refused.add(to_text(unknown))
            return None
        refusals = tuple(sorted(item.refused))
        crashed = item.brought
        item.owner, item.lease_until, item.brought = owner, until, union(crashed, brought)
        return recover(replace(item.ledger, refusals=refusals), crashed, map(from_text, refusals), now)

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int) -> bool:
        """See LedgerStore."""
        item = self._items.get(partition)
        if item is None or item.owner != owner:
            return False
        item.refused -= set(ledger.refusals)
        item.lease_until, item.ledger, item.brought = lease_until, replace(ledger, refusals=()), ()
        return True

    def release(self, partition: str, owner: str) -> None:
        """See LedgerStore."""
        item = self._items.get(partition)
        if item is not None and item.owner == owner:
            item.lease_until = 0

    def peek(self, partition: str, now: int) -> LeaseInfo | None:
        """The partition without taking it; None if it has no ledger."""
        item = self._items.get(partition)
        if item is None:
            return None
        refusals = tuple(sorted(item.refused))
        ledger = recover(replace(item.ledger, refusals=refusals), item.brought, map(from_text, refusals), now)
        return LeaseInfo(item.owner, item.lease_until, ledger)

    def ledger(self, partition: str) -> Ledger:
        """The ledger as it was last settled."""
        return self._items[partition].ledger if partition in self._items else Ledger()

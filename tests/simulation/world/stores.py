"""The stores of a simulated world: those of memory, each of whose calls is a step."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from comboio.aws.json_api import AwsError
from comboio.claims.claims import Claim, ClaimResult
from comboio.claims.memory import MemoryClaims
from comboio.destination_state.memory import MemoryStateStore
from comboio.destination_state.state import SharedState
from comboio.destination_state.store import LONGEST_S
from comboio.drain.give_up import GiveUp
from comboio.drain.memory import MemoryDrainStore
from comboio.drain.progress import Progress
from comboio.drain.waiting import Waiting
from comboio.ledger.encoding import from_attributes
from comboio.ledger.ledger import Ledger
from comboio.ledger.memory import MemoryLedgerStore
from comboio.ledger.offsets import Ranges, contains
from tests.simulation.world.steps import Steps


class Ledgers(MemoryLedgerStore):
    """A ledger store."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self.abandoned: set[tuple[str, int]] = set()
        """Partitions and offsets that a settlement let go of unfinished, since this was last cleared."""
        self._steps = steps

    def sizes(self) -> dict[str, int]:
        """Return the bytes of each item: names and values."""
        return {name: _size(item.attributes) + sum(map(len, item.notes)) for name, item in self._items.items()}

    def first_sample(self, partition: str) -> tuple[int, int] | None:
        """Return the first fingerprint that a ledger keeps, the same as long as it is of one log; None: it has none."""
        item = self._items.get(partition)
        samples = {} if item is None else from_attributes(item.attributes).samples
        return min(samples.items(), default=None)

    def claim(
        self, partition: str, owner: str, now: int, until: int, offsets: Ranges, *, within_s: float = 10.0
    ) -> Ledger | None:
        claim = super().claim
        return self._steps.table(lambda: claim(partition, owner, now, until, offsets, within_s=within_s))

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int, *, within_s: float = 10.0) -> bool:
        settle, item = super().settle, self._items.get(partition)
        was = item.attributes if item is not None and ledger.gaps else {}

        def settled() -> bool:
            if not settle(partition, owner, ledger, lease_until, within_s=within_s):
                return False
            if was:
                before = from_attributes(was)
                waited = {
                    *before.incomplete,
                    *(offset for low, high in before.deferred for offset in range(low, high + 1)),
                }
                self.abandoned |= {(partition, offset) for offset in waited if contains(ledger.gaps, offset)}
            return True

        return self._steps.table(settled)

    def release(self, partition: str, owner: str, *, within_s: float = 10.0) -> None:
        release = super().release
        self._steps.table(lambda: release(partition, owner, within_s=within_s))


def _size(attributes: Mapping[str, Any]) -> int:
    total = 0
    for name, typed in attributes.items():
        ((kind, value),) = typed.items()
        if kind == "M":
            total += len(name) + _size(value)
        elif kind == "B":
            total += len(name) + len(value) * 3 // 4
        else:
            total += len(name) + len(value)
    return total


class DrainPositions(MemoryDrainStore):
    """A store of how far groups are drained."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps

    def read(self, groups: Iterable[str], *, within_s: float) -> Mapping[str, Progress]:
        read = super().read
        return self._steps.table(lambda: read(groups, within_s=within_s))

    def write(
        self, group: str, progress: Progress, now: int, *, within_s: float, waiting: Waiting | None = None
    ) -> None:
        write = super().write
        self._steps.table(lambda: write(group, progress, now, within_s=within_s, waiting=waiting))


class Orders:
    """What operators give up, by destination; an order is there from the moment on at which it is given."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.given: dict[str, list[GiveUp]] = {}

    def read(self, destinations: Iterable[str], *, within_s: float) -> Mapping[str, Sequence[GiveUp]]:
        now = self._now()
        return {name: [order for order in self.given.get(name, ()) if order.asked_at <= now] for name in destinations}


class States(MemoryStateStore):
    """A store of destination states."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps

    def read(self, items: Iterable[str], *, within_s: float = LONGEST_S) -> dict[str, SharedState]:
        read = super().read
        return self._steps.table(lambda: read(items, within_s=within_s))

    def write(self, item: str, state: SharedState, *, within_s: float = LONGEST_S) -> tuple[bool, SharedState]:
        write = super().write
        return self._steps.table(lambda: write(item, state, within_s=within_s))


class EventIds(MemoryClaims):
    """A store of claims; what it does not answer is unknown."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps

    def take(self, claims: Sequence[Claim], now: int, until: int, *, within_s: float = 10.0) -> list[ClaimResult]:
        take = super().take
        try:
            return self._steps.table(lambda: take(claims, now, until, within_s=within_s))
        except AwsError:
            return [ClaimResult.UNKNOWN] * len(claims)

    def owned(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> list[ClaimResult]:
        owned = super().owned
        try:
            return self._steps.table(lambda: owned(claims, within_s=within_s))
        except AwsError:
            return [ClaimResult.UNKNOWN] * len(claims)

    def keep(self, claims: Sequence[Claim], now: int, *, within_s: float = 10.0) -> list[bool]:
        keep = super().keep
        try:
            return self._steps.table(lambda: keep(claims, now, within_s=within_s))
        except AwsError:
            return [False] * len(claims)

    def free(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> None:
        free = super().free
        try:
            self._steps.table(lambda: free(claims, within_s=within_s))
        except AwsError:
            return

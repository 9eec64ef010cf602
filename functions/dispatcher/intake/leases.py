"""The leases of one invocation: taken before anything is sent, settled at the end, released after a defect."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from comboio.aws.json_api import AwsError
from comboio.contract.record import Record
from comboio.invocation import Invocation
from comboio.ledger.delivered import CONSOLIDATE_AT
from comboio.ledger.ledger import Delivered, Ledger, RecordResult, RecordState, finish, recover, settle
from comboio.ledger.offsets import Ranges, ranges
from comboio.ledger.store import LedgerFault, LedgerStore, WaitForSettlements
from dispatcher.deadline import Budget
from dispatcher.parcel import Parcel
from dispatcher.stage_reporter import StageReporter

_LONGEST_CHECKPOINT_S = 2.0
"""A checkpoint is a help and no duty: sending does not wait longer than this for it."""

T = TypeVar("T")

Markers = Mapping[str, Mapping[str, str]]
"""By partition and destination: the last message in the hold queue that must not be overtaken."""


class Leases:
    """The leases of an invocation, and the ledgers that came with them."""

    def __init__(
        self,
        store: LedgerStore,
        reporter: StageReporter,
        now: Callable[[], int],
        invocation: Invocation,
        budget: Budget,
    ) -> None:
        self.ledgers: dict[str, Ledger] = {}
        """By partition: those whose lease this invocation has."""
        self.unreachable: list[str] = []
        """Partitions whose ledger did not answer."""
        self.writes = 0
        """Writes to the store."""
        self._store = store
        self._reporter = reporter
        self._now = now
        self._invocation = invocation
        self._budget = budget

    def claim(self, batch: Mapping[str, Sequence[Record]], meanwhile: Callable[[], T]) -> T:
        """Take the leases of a batch's partitions that no other invocation has; return what is made `meanwhile`."""
        now, within_s = self._now(), self._budget.left_s(self._budget.sends_end)
        deliveries = {name: ranges([record.offset for record in records]) for name, records in batch.items()}
        self.writes += len(deliveries)
        owner, deadline = self._invocation.owner, self._invocation.deadline
        wait = self._store.begin_claims(deliveries, owner, now, deadline, within_s=within_s)
        try:
            return meanwhile()
        finally:  # a defect must not leave leases that nobody knows of, and so releases
            self._take(wait(), deliveries, now)

    def _take(
        self, claims: Mapping[str, Ledger | LedgerFault | None], deliveries: Mapping[str, Ranges], now: int
    ) -> None:
        for name, found in claims.items():
            if isinstance(found, Ledger):
                self.ledgers[name] = found
            elif found is not None:
                if isinstance(found, AwsError):
                    self.unreachable.append(name)
                facts = {"partition": name, "error": str(found)}
                self._reporter.warning(
                    "Could not claim the partition's ledger; its records will be redelivered.", facts
                )
        crowded = [name for name, ledger in self.ledgers.items() if len(ledger.delivered) >= CONSOLIDATE_AT]
        for name in crowded:
            mine = Delivered("", deliveries[name], exact=True)
            self.ledgers[name] = recover(self.ledgers[name], [mine], now)
        if crowded:
            self.checkpoint(dict.fromkeys(crowded, ()))

    def checkpoint(self, parcels: Mapping[str, Sequence[Parcel]]) -> None:
        """Write how far each partition is, and keep its lease."""
        within_s = min(self._budget.left_s(self._budget.sends_end), _LONGEST_CHECKPOINT_S)
        ledgers, wait = self._begin(parcels, {}, self._invocation.deadline, within_s, _on_its_way)
        self._end(ledgers, wait())

    def settle(
        self, parcels: Mapping[str, Sequence[Parcel]], markers: Markers, meanwhile: Callable[[], None] = lambda: None
    ) -> set[str]:
        """Write how far each partition is, and release its lease; return those whose lease was not lost.

        `meanwhile` is done while the store is at it.
        """
        ledgers, wait = self._begin(parcels, markers, 0, self._budget.left_s(self._budget.end), _at_the_end)
        try:
            meanwhile()
        finally:
            written = wait()
        return self._end(ledgers, written)

    def release(self) -> None:
        """Release all leases as they are, so that the next invocation need not wait for their end."""
        for name in self.ledgers:
            try:
                within_s = self._budget.left_s(self._budget.end)
                self._store.release(name, self._invocation.owner, within_s=within_s)
            except AwsError as error:
                facts = {"partition": name, "error": str(error)}
                self._reporter.warning("Could not release a lease; it ends at this invocation's deadline.", facts)

    def _begin(
        self,
        parcels: Mapping[str, Sequence[Parcel]],
        markers: Markers,
        lease_until: int,
        within_s: float,
        state_of: Callable[[Parcel], RecordState],
    ) -> tuple[dict[str, Ledger], WaitForSettlements]:
        """Begin to write how far each partition is; return its ledger then."""
        now = self._now()
        ledgers = {name: _settled(self.ledgers[name], parcels[name], state_of, now) for name in parcels}
        for name in markers.keys() & ledgers.keys():
            ledgers[name] = replace(ledgers[name], diverted={**ledgers[name].diverted, **markers[name]})
        self.writes += len(ledgers)
        return ledgers, self._store.begin_settlements(ledgers, self._invocation.owner, lease_until, within_s=within_s)

    def _end(self, ledgers: Mapping[str, Ledger], written: Mapping[str, bool | LedgerFault]) -> set[str]:
        """Take in what became of the writes; return the partitions whose lease was not lost."""
        kept: set[str] = set()
        for name, found in written.items():
            if isinstance(found, Exception):
                facts = {"partition": name, "error": str(found)}
                self._reporter.warning(
                    "Could not settle a partition; its records will be redelivered, and may be sent twice.", facts
                )
            elif found:
                self.ledgers[name] = replace(ledgers[name], delivered=(), replayed=())
                kept.add(name)
        return kept


def _at_the_end(parcel: Parcel) -> RecordState:
    """Return the state of an undone record when the batch is over."""
    return RecordState.DEFERRED if parcel.deferred else RecordState.INCOMPLETE


def _on_its_way(parcel: Parcel) -> RecordState:
    """Return the state of an undone record so far: deferred, which takes next to no room, if nothing was tried yet."""
    return RecordState.INCOMPLETE if parcel.served or parcel.attempts or parcel.since else RecordState.DEFERRED


def _settled(ledger: Ledger, parcels: Iterable[Parcel], state_of: Callable[[Parcel], RecordState], now: int) -> Ledger:
    """Return the ledger after some parcels of its partition; thousands are done, so that these go without a result."""
    done: list[int] = []
    newest = 0
    others: list[RecordResult] = []
    for parcel in parcels:
        record = parcel.record
        if parcel.done:
            done.append(record.offset)
            if record.timestamp > newest:
                newest = record.timestamp
            continue
        state = state_of(parcel)
        if state is RecordState.INCOMPLETE:
            progress = (parcel.attempts, parcel.served, parcel.token)
            others.append(RecordResult(record.offset, record.timestamp, state, *progress))
        else:
            others.append(RecordResult(record.offset, record.timestamp, state))
    return settle(finish(ledger, ranges(done), newest), others, now)

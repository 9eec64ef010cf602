"""The partitions of one invocation: taken before anything is sent, settled at the end, given back after a defect."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor

from comboio.aws.json_api import AwsError
from comboio.contract.record import Record
from comboio.invocation import Invocation
from comboio.ledger.encoding import UnreadableLedgerError
from comboio.ledger.ledger import Ledger, RecordResult, RecordState, settle
from comboio.ledger.offsets import ranges
from comboio.ledger.store import LedgerStore
from dispatcher.parcel import Parcel
from dispatcher.stage_reporter import StageReporter


class Leases:
    """What an invocation holds: `ledgers` by partition, and the partitions whose ledger was `unreachable`."""

    def __init__(
        self,
        store: LedgerStore,
        pool: Executor,
        reporter: StageReporter,
        now: Callable[[], int],
        invocation: Invocation,
    ) -> None:
        self.ledgers: dict[str, Ledger] = {}
        self.unreachable: list[str] = []
        self.writes = 0
        self._store = store
        self._pool = pool
        self._reporter = reporter
        self._now = now
        self._invocation = invocation

    def claim(self, batch: Mapping[str, Sequence[Record]]) -> None:
        """Takes the partitions of a batch that nobody else has."""
        now = self._now()

        def one(name: str) -> None:
            try:
                brought = ranges(record.offset for record in batch[name])
                ledger = self._store.claim(name, self._invocation.owner, now, self._invocation.deadline, brought)
                if ledger is not None:
                    self.ledgers[name] = ledger
            except (AwsError, UnreadableLedgerError) as error:
                if isinstance(error, AwsError):
                    self.unreachable.append(name)
                facts = {"partition": name, "error": str(error)}
                self._reporter.warning(
                    "Could not claim the partition's ledger; its records will be redelivered.", facts
                )

        self.writes += len(batch)
        list(self._pool.map(one, batch))

    def checkpoint(self, parcels: Mapping[str, Sequence[Parcel]]) -> None:
        """Writes how far each partition is, and keeps it."""
        self._write(parcels, self._invocation.deadline)

    def settle(self, parcels: Mapping[str, Sequence[Parcel]]) -> set[str]:
        """Writes how far each partition is, and gives it back; returns those that were still ours."""
        return self._write(parcels, 0)

    def release(self) -> None:
        """Gives all back as they are, so that the next try need not wait for the leases to end."""
        for name in self.ledgers:
            try:
                self._store.release(name, self._invocation.owner)
            except AwsError as error:
                facts = {"partition": name, "error": str(error)}
                self._reporter.warning("Could not release a lease; it ends at this invocation's deadline.", facts)

    def _write(self, parcels: Mapping[str, Sequence[Parcel]], lease_until: int) -> set[str]:
        now = self._now()

        def one(name: str) -> bool:
            ledger = settle(self.ledgers[name], _marks(parcels[name]), now)
            try:
                kept = self._store.settle(name, self._invocation.owner, ledger, lease_until)
            except AwsError as error:
                facts = {"partition": name, "error": str(error)}
                self._reporter.warning(
                    "Could not settle a partition; its records will be redelivered, and may be sent twice.", facts
                )
                return False
            if kept:
                self.ledgers[name] = ledger
            return kept

        self.writes += len(parcels)
        names = list(parcels)
        return {name for name, kept in zip(names, self._pool.map(one, names), strict=True) if kept}


def _marks(parcels: Iterable[Parcel]) -> list[RecordResult]:
    marks = []
    for parcel in parcels:
        record = parcel.record
        if parcel.done:
            marks.append(RecordResult(record.offset, record.timestamp, RecordState.DONE))
        elif parcel.waiting:
            marks.append(RecordResult(record.offset, record.timestamp, RecordState.WAITING))
        else:
            state = (parcel.attempts, parcel.served, parcel.token)
            marks.append(RecordResult(record.offset, record.timestamp, RecordState.PENDING, *state))
    return marks

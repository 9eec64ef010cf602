"""A batch's way: records, claim, admit, route, send, outcome, settle, response."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from comboio.clocks import Clocks
from comboio.contract.record import Record, partitions
from comboio.errors import ServiceError
from comboio.invocation import Invocation
from comboio.ledger.ledger import Ledger
from comboio.ledger.store import LedgerStore
from dispatcher.intake.admission import Admission, Limits, admit_records
from dispatcher.intake.leases import Leases
from dispatcher.observe.report import BatchReport
from dispatcher.observe.reporter import Reporter
from dispatcher.observe.tracing import Phase, untraced
from dispatcher.parcel import Parcel
from dispatcher.response import Response, response
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivery


class LedgerUnreachableError(ServiceError):
    """The ledger of some partition could not be asked: the whole batch must come again, and nothing be passed over."""


class Dispatcher:
    """Dispatches batches, one at a time; built once per execution environment."""

    def __init__(
        self,
        store: LedgerStore,
        outlets: Callable[[], Outlets],
        delivery: Delivery,
        pool: Executor,
        limits: Limits,
        *,
        reporter: Reporter,
        clocks: Clocks,
        phase: Phase = untraced,
    ) -> None:
        self._store = store
        self._network = outlets
        self._delivery = delivery
        self._pool = pool
        self._limits = limits
        self._reporter = reporter
        self._clocks = clocks
        self._phase = phase

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> Response:
        """Takes a batch all the way.

        Raises:
            MalformedEventError: the event is not a Kafka batch.
            LedgerUnreachableError: after the other partitions were settled; a partial response would not do, since
                records that no ledger knows of could be passed over for good.
            Exception: a defect; the leases were given back, and the mapping brings the batch again.
        """
        began, began_at = self._clocks.clock(), self._clocks.now()
        batch = dict(partitions(event))
        outlets = self._network()
        leases = Leases(self._store, self._pool, self._reporter, self._clocks.now, invocation)
        try:
            with self._phase("claim"):
                leases.claim(batch)
            report = BatchReport(records=sum(map(len, batch.values())), partitions=len(batch), outlets=outlets)
            parcels, settled = self._handle(batch, leases, outlets, invocation, report)
        except Exception:
            leases.release()
            raise
        report.ledger_writes = leases.writes
        report.took_ms = (self._clocks.clock() - began) * 1000
        self._tell_what_came_of_it(report, batch, began_at, parcels, leases.ledgers)
        if leases.unreachable:
            raise LedgerUnreachableError(
                f"The ledgers of {', '.join(leases.unreachable)} cannot be reached: the batch comes again, and what is "
                "settled of it is skipped. Check the table, the function's permissions and DynamoDB's health."
            )
        undone = [(name, record.offset) for name in batch if name not in settled for record in batch[name]]
        undone += [(p.record.source, p.record.offset) for p in parcels if not p.done and p.record.source in settled]
        return response(undone)

    def _tell_what_came_of_it(
        self,
        report: BatchReport,
        batch: Mapping[str, Sequence[Record]],
        began_at: int,
        parcels: Sequence[Parcel],
        ledgers: Mapping[str, Ledger],
    ) -> None:
        """The batch is settled: whatever is wrong with its log line must not bring it again."""
        try:
            report.arrived(batch, began_at)
            report.concluded(parcels)
            report.left(ledgers.values(), self._clocks.now())
            self._reporter.batch(report, parcels)
        except Exception as error:
            self._reporter.warning(
                "The batch's metrics could not be written.", {"error": f"{type(error).__name__}: {error}"}
            )

    def _handle(
        self,
        batch: Mapping[str, Sequence[Record]],
        leases: Leases,
        outlets: Outlets,
        invocation: Invocation,
        report: BatchReport,
    ) -> tuple[list[Parcel], set[str]]:
        """Admits, delivers and settles the claimed partitions; returns the parcels and the partitions settled."""
        now = self._clocks.now()
        with self._phase("admit"):
            admissions = {
                name: admit_records(ledger, batch[name], outlets.router, now, self._limits)
                for name, ledger in leases.ledgers.items()
            }
        self._tell(admissions)
        leases.ledgers = {name: admission.ledger for name, admission in admissions.items()}
        report.admitted(len(batch) - len(admissions), admissions.values())
        by_partition = {name: admission.parcels for name, admission in admissions.items()}
        parcels = [parcel for admitted in by_partition.values() for parcel in admitted]
        with self._phase("send"):
            report.traffic = self._delivery.deliver(
                parcels, outlets.states, invocation.deadline, lambda: leases.checkpoint(by_partition)
            )
        with self._phase("settle"):
            settled = leases.settle(by_partition)
        report.lost_partitions = len(admissions) - len(settled)
        return parcels, settled

    def _tell(self, admissions: Mapping[str, Admission]) -> None:
        for name, admission in admissions.items():
            if admission.recreated:
                self._reporter.warning("The topic was made again: its ledger starts over.", {"partition": name})
            if admission.abandoned:
                facts = {"partition": name, "offsets": admission.abandoned}
                self._reporter.warning(
                    "Offsets that are no longer redelivered were abandoned; see the on-failure destination.", facts
                )

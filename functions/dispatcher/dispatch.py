"""A batch's way: records, claim, admit, send, divert, settle, response. Read this file first."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from comboio.clocks import Clocks
from comboio.contract.cluster import cluster_id, cluster_of
from comboio.contract.record import MalformedEventError, Record, partitions
from comboio.drain.store import DrainStore
from comboio.errors import ServiceError
from comboio.invocation import Invocation
from comboio.ledger.ledger import Ledger
from comboio.ledger.store import LedgerStore
from dispatcher.deadline import Budget
from dispatcher.intake.admission import Admission, AdmissionLimits, admit_parcels, read_all
from dispatcher.intake.drained import behind_hold_queue
from dispatcher.intake.leases import Leases
from dispatcher.observe.report import BatchReport
from dispatcher.observe.reporter import Reporter
from dispatcher.observe.tracing import Phase, untraced
from dispatcher.parcel import Parcel
from dispatcher.response import Response, response
from dispatcher.routes.outlets import Outlets
from dispatcher.send.deliver import Delivery


class LedgerUnreachableError(ServiceError):
    """The ledger of some partition did not answer: the whole batch must be redelivered, in its order."""


class DispatchLimits(Struct, frozen=True):
    """What bounds a batch."""

    admission: AdmissionLimits
    margin_s: float
    """Seconds before the deadline that are kept for writes and settlement."""
    clusters: frozenset[str] = frozenset()
    """The clusters whose records are taken, as `cluster_of` names them; empty: any."""
    late_after_ms: float = math.inf
    """Age at the invocation above which a record counts as late (ms); without it none does."""


class Dispatcher:
    """Dispatches batches, one at a time; built once per execution environment."""

    def __init__(
        self,
        store: LedgerStore,
        drained: DrainStore,
        outlets: Callable[[], Outlets],
        delivery: Delivery,
        limits: DispatchLimits,
        *,
        reporter: Reporter,
        clocks: Clocks,
        phase: Phase = untraced,
    ) -> None:
        self._store = store
        self._drained = drained
        self._outlets = outlets
        self._delivery = delivery
        self._limits = limits
        self._reporter = reporter
        self._clocks = clocks
        self._phase = phase

    def dispatch(self, event: Mapping[str, Any], invocation: Invocation) -> Response:
        """Take a batch all the way, before the invocation's deadline.

        Raises:
            MalformedEventError: the event is not a Kafka batch, or one of a cluster that is not served.
            LedgerUnreachableError: after the other partitions were settled. A partial response would not do: while the
                mapping redelivers its records, later ones of their keys could overtake them.
            Exception: a defect; the leases were released, and the mapping redelivers the batch.
        """
        began, began_at = self._clocks.clock(), self._clocks.now()
        budget = Budget.of(invocation, self._clocks, self._limits.margin_s)
        batch = self._read(event)
        outlets = self._outlets()
        leases = Leases(self._store, self._reporter, self._clocks.now, invocation, budget)
        report = BatchReport(records=sum(map(len, batch.values())), partitions=len(batch), outlets=outlets)
        try:
            with self._phase("claim"):
                read = leases.claim(batch, meanwhile=lambda: read_all(batch, outlets.router))
            parcels, settled = self._handle(read, leases, outlets, budget, report)
        except Exception:
            leases.release()
            raise
        report.ledger_writes = leases.writes
        report.took_ms = (self._clocks.clock() - began) * 1000
        self._report(report, batch, began_at, parcels, leases.ledgers)
        if leases.unreachable:
            raise LedgerUnreachableError(
                f"The ledgers of {', '.join(sorted(leases.unreachable))} did not answer: the batch is redelivered, and "
                "what is settled of it is skipped. Check the table, the function's permissions and DynamoDB's health."
            )
        undone = [record for name in batch if name not in settled for record in batch[name]]
        undone += [parcel.record for parcel in parcels if not parcel.done and parcel.record.partition_name in settled]
        return response((record.source, record.offset) for record in undone)

    def _read(self, event: Mapping[str, Any]) -> dict[str, list[Record]]:
        """Return the records by their partition's name in the ledger."""
        groups = dict(partitions(event))
        cluster = cluster_of(event)
        served = self._limits.clusters
        if served and cluster not in served:
            raise MalformedEventError(
                f"This function serves {' and '.join(sorted(served))}, and was invoked with records of "
                f"{cluster or 'a cluster without a name'}. Check what invokes it, or add the cluster to "
                "DISPATCHER_CLUSTERS."
            )
        prefix = cluster_id(cluster)
        return {f"{prefix}/{name}": records for name, records in groups.items() if records}

    def _handle(
        self,
        read: Mapping[str, Sequence[Parcel]],
        leases: Leases,
        outlets: Outlets,
        budget: Budget,
        report: BatchReport,
    ) -> tuple[list[Parcel], set[str]]:
        """Admit, deliver and settle the claimed partitions; return the parcels and the partitions that were settled."""
        now = self._clocks.now()
        with self._phase("admit"):
            admissions = {
                name: admit_parcels(ledger, read[name], now, self._limits.admission)
                for name, ledger in leases.ledgers.items()
            }
        self._warn(admissions)
        leases.ledgers = {name: admission.ledger for name, admission in admissions.items()}
        report.admitted(len(read) - len(admissions), admissions.values())
        by_partition = {name: admission.parcels for name, admission in admissions.items()}
        parcels = [parcel for admitted in by_partition.values() for parcel in admitted]
        with self._phase("send"):
            behind = behind_hold_queue(leases.ledgers, self._drained, self._reporter, budget.left_s(budget.sends_end))
            delivered = self._delivery.deliver(
                parcels,
                outlets.states,
                budget,
                behind=behind,
                divert=True,
                checkpoint=lambda: leases.checkpoint(by_partition),
            )
        report.sent(delivered.traffic, delivered.diverted)
        report.permitted(delivered.permissions)
        with self._phase("settle"):
            settled = leases.settle(by_partition, delivered.markers, meanwhile=lambda: self._count(report, parcels))
        report.lost_partitions = len(admissions) - len(settled)
        return parcels, settled

    def _warn(self, admissions: Mapping[str, Admission]) -> None:
        for name, admission in admissions.items():
            if admission.recreated:
                self._reporter.warning(
                    "The topic was recreated: its ledger starts over, and redelivered records may be sent twice.",
                    {"partition": name},
                )
            if admission.abandoned:
                facts = {"partition": name, "offsets": admission.abandoned}
                self._reporter.warning(
                    "Offsets that are no longer redelivered were abandoned; see the on-failure destination.", facts
                )

    def _count(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """Count the outcomes while the store settles; whatever is wrong with the numbers must not redeliver it."""
        try:
            report.concluded(parcels)
        except Exception as error:
            self._warn_of_metrics(error)

    def _report(
        self,
        report: BatchReport,
        batch: Mapping[str, Sequence[Record]],
        began_at: int,
        parcels: Sequence[Parcel],
        ledgers: Mapping[str, Ledger],
    ) -> None:
        """Report a settled batch; whatever is wrong with its log line must not redeliver it."""
        try:
            report.arrived(batch, began_at, self._limits.late_after_ms)
            report.left(ledgers.values(), self._clocks.now())
            self._reporter.batch(report, parcels)
        except Exception as error:
            self._warn_of_metrics(error)

    def _warn_of_metrics(self, error: Exception) -> None:
        self._reporter.warning(
            "The batch's metrics could not be written.", {"error": f"{type(error).__name__}: {error}"}
        )

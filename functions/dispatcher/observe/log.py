"""The reporter of the deployed function: log lines and metrics, through Powertools."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from comboio.invocation import Invocation
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.metrics import MetricSet, batch_metrics, drain_metrics, table_metrics
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Outcome, Parcel
from dispatcher.stage_reporter import ReloadResult

MAX_LINES = 10
"""Maximum of dead and failed records that a batch's log names one by one; the metrics count them all."""

MAX_ERROR = 500
"""Maximum of characters of an error in a record's line; its dead letter has all of them."""

NAMESPACE = "Comboio"
"""Namespace of the metrics, unless POWERTOOLS_METRICS_NAMESPACE is set."""

SERVICE = "comboio-dispatcher"
"""Dimension `service` of the metrics, unless POWERTOOLS_SERVICE_NAME is set."""

NAMED = (Outcome.DEAD, Outcome.FAILED)
"""Outcomes whose records have log lines of their own."""


class LogReporter:
    """Writes log lines for people, and metrics as log lines that CloudWatch reads (the embedded metric format).

    Powertools' own `add_metric` takes values one by one and shares them within the process; here each line is
    serialised from the values it reports.
    """

    def __init__(self, environ: Mapping[str, str], logger: Logger, write: Callable[[str], None] = print) -> None:
        self._logger = logger
        self._write = write
        self._service = environ.get("POWERTOOLS_SERVICE_NAME") or SERVICE
        self._disabled = metrics_disabled(environ)
        self._emf = AmazonCloudWatchEMFProvider(namespace=environ.get("POWERTOOLS_METRICS_NAMESPACE") or NAMESPACE)

    def invocation(self, invocation: Invocation) -> None:
        """See Reporter: each line of an invocation has its request id as `correlation_id`."""
        self._logger.set_correlation_id(invocation.owner)

    def batch(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """See Reporter: writes a line for the batch, one for each of its first dead or failed records, and metrics.

        One line more says why records wait that could not be read.
        """
        if any(report.outcomes[outcome] for outcome in NAMED):
            self._name_records(parcels)
        if report.outcomes[Outcome.HELD]:
            self._say_why_records_wait(parcels)
        counts = {outcome.value: report.outcomes[outcome] for outcome in Outcome}
        counts["duplicate"] += report.duplicates
        self._logger.info(
            "batch",
            records=report.records,
            partitions=report.partitions,
            refused_partitions=report.refused_partitions,
            lost_partitions=report.lost_partitions,
            abandoned=report.abandoned,
            pending=report.pending,
            ledger_writes=report.ledger_writes,
            dead_by_reason=dict(report.dead),
            calls=report.calls,
            diverted=dict(report.diverted),
            took_ms=round(report.took_ms, 1),
            outcomes=counts,
        )
        self._write_metrics(batch_metrics(report))

    def drained(self, report: DrainReport) -> None:
        """See Reporter: writes a line for the batch, and metrics."""
        self._logger.info(
            "drained",
            messages=report.messages,
            foreign=report.foreign,
            split=report.split,
            drained=dict(report.drained),
            dead=dict(report.dead),
            calls=dict(report.calls),
        )
        self._write_metrics(drain_metrics(report))

    def warning(self, message: str, facts: Mapping[str, object]) -> None:
        """See Reporter."""
        self._logger.warning(message, extra=facts)

    def table(self, result: ReloadResult, sentence: str) -> None:
        """See Reporter: a table that is not used is an error; each result is a metric."""
        (self._logger.info if result is ReloadResult.CHANGED else self._logger.error)(sentence)
        self._write_metrics(table_metrics(result))

    def _name_records(self, parcels: Sequence[Parcel]) -> None:
        named = [parcel for parcel in parcels if parcel.outcome in NAMED]
        for parcel in named[:MAX_LINES]:
            error = parcel.error or (parcel.fault.error if parcel.fault else "")
            self._logger.warning(
                "record %s",
                parcel.outcome.value if parcel.outcome else "",
                position=parcel.record.position,
                record_correlation_id=parcel.correlation_id,
                traceparent=parcel.traceparent,
                route=parcel.route.name if parcel.route else None,
                reason=parcel.reason,
                error=error[:MAX_ERROR],
                attempts=parcel.attempts,
            )

    def _say_why_records_wait(self, parcels: Sequence[Parcel]) -> None:
        """Write a line for those that could not even be read, as without their schema: no destination has a fault."""
        waiting = [parcel for parcel in parcels if parcel.outcome is Outcome.HELD and parcel.error]
        if waiting:
            first = waiting[0]
            self._logger.warning(
                "records wait", records=len(waiting), position=first.record.position, error=first.error[:MAX_ERROR]
            )

    def _write_metrics(self, sets: Iterable[MetricSet]) -> None:
        if self._disabled:
            return
        for dimensions, metrics in sets:
            listed = {name: {"Unit": unit.value, "Value": values} for name, (unit, values) in metrics.items()}
            line = self._emf.serialize_metric_set(listed, {"service": self._service, **dimensions}, {})
            self._write(json.dumps(line, separators=(",", ":")))


def metrics_disabled(environ: Mapping[str, str]) -> bool:
    """Return whether Powertools' own switches leave out metrics: POWERTOOLS_METRICS_DISABLED, else POWERTOOLS_DEV."""
    switch = environ.get("POWERTOOLS_METRICS_DISABLED", environ.get("POWERTOOLS_DEV", ""))
    return switch.lower() in ("1", "y", "yes", "t", "true", "on")

"""Log lines and metrics of the dispatcher, through Powertools."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from dispatcher.parcel import Outcome, Parcel
from dispatcher.report import BatchReport

MAX_LINES = 10
"""Dead and failed records named one by one in a batch's log; the metrics count them all."""


def publisher(logger: Logger, metrics: Metrics) -> Callable[[BatchReport, Sequence[Parcel]], None]:
    """Writes a batch's log line, a line for each of its first dead or failed records, and its metrics."""

    def publish(report: BatchReport, parcels: Sequence[Parcel]) -> None:
        unlucky = [parcel for parcel in parcels if parcel.outcome in (Outcome.DEAD, Outcome.FAILED)]
        for parcel in unlucky[:MAX_LINES]:
            logger.warning(
                "record %s",
                parcel.outcome.value if parcel.outcome else "",
                position=parcel.record.position,
                record_correlation_id=parcel.correlation_id,
                reason=parcel.reason,
                error=parcel.error or (parcel.fault.error if parcel.fault else ""),
                attempts=parcel.attempts,
            )
        counts = {outcome.value: report.outcomes[outcome] for outcome in Outcome}
        counts["duplicate"] = report.duplicates
        logger.info(
            "batch",
            records=report.records,
            partitions=report.partitions,
            refused_partitions=report.refused_partitions,
            lost_partitions=report.lost_partitions,
            abandoned=report.abandoned,
            ledger_writes=report.ledger_writes,
            dead_by_reason=dict(report.dead),
            calls=report.calls,
            took_ms=round(report.took_ms, 1),
            outcomes=counts,
        )
        _measure(metrics, report)

    return publish


def _measure(metrics: Metrics, report: BatchReport) -> None:
    metrics.add_metric("RecordsIn", MetricUnit.Count, report.records)
    metrics.add_metric("Duplicates", MetricUnit.Count, report.duplicates)
    metrics.add_metric("Abandoned", MetricUnit.Count, report.abandoned)
    metrics.add_metric("LedgerWrites", MetricUnit.Count, report.ledger_writes)
    metrics.add_metric("DestinationCalls", MetricUnit.Count, sum(report.calls.values()))
    metrics.add_metric("BatchTime", MetricUnit.Milliseconds, report.took_ms)
    for outcome in (Outcome.DISPATCHED, Outcome.HELD, Outcome.FAILED, Outcome.DEAD):
        metrics.add_metric(outcome.value.capitalize(), MetricUnit.Count, report.outcomes[outcome])
    metrics.flush_metrics()


def warner(logger: Logger) -> Callable[[str, Mapping[str, Any]], None]:
    """Writes a warning with its facts."""

    def warn(message: str, facts: Mapping[str, Any]) -> None:
        logger.warning(message, **facts)

    return warn

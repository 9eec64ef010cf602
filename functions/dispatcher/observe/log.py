"""Log lines and metrics of the dispatcher, through Powertools."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics.functions import is_metrics_disabled
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from dispatcher.observe.metrics import COUNT, Metric, MetricSet, measures
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Outcome, Parcel
from dispatcher.routes.live import ReloadResult

MAX_LINES = 10
"""Dead and failed records named one by one in a batch's log; the metrics count them all."""

MAX_ERROR = 500
"""Characters of an error in a record's line; a dead letter has all of it."""

NAMESPACE = "Comboio"
SERVICE = "comboio-dispatcher"

UNLUCKY = (Outcome.DEAD, Outcome.FAILED)

WriteMetrics = Callable[[Iterable[MetricSet]], None]


def metrics_writer(environ: Mapping[str, str], write: Callable[[str], None] = print) -> WriteMetrics:
    """Writes metrics as log lines that CloudWatch reads (the embedded metric format); none if Powertools' are off.

    Powertools' own `add_metric` takes values one by one and shares them between all of a process: here each line is
    serialised from what it is to say.
    """
    service = environ.get("POWERTOOLS_SERVICE_NAME") or SERVICE
    emf = AmazonCloudWatchEMFProvider(namespace=environ.get("POWERTOOLS_METRICS_NAMESPACE") or NAMESPACE)

    def write_all(sets: Iterable[MetricSet]) -> None:
        if is_metrics_disabled():
            return
        for dimensions, metrics in sets:
            listed = {name: {"Unit": unit.value, "Value": values} for name, (unit, values) in metrics.items()}
            line = emf.serialize_metric_set(listed, {"service": service, **dimensions}, {})
            write(json.dumps(line, separators=(",", ":")))

    return write_all


def publisher(logger: Logger, write_metrics: WriteMetrics) -> Callable[[BatchReport, Sequence[Parcel]], None]:
    """Writes a batch's log line, a line for each of its first dead or failed records, and its metrics."""

    def publish(report: BatchReport, parcels: Sequence[Parcel]) -> None:
        if any(report.outcomes[outcome] for outcome in UNLUCKY):
            _name_the_unlucky(logger, parcels)
        counts = {outcome.value: report.outcomes[outcome] for outcome in Outcome}
        counts["duplicate"] += report.duplicates
        logger.info(
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
            took_ms=round(report.took_ms, 1),
            outcomes=counts,
        )
        write_metrics(measures(report))

    return publish


def _name_the_unlucky(logger: Logger, parcels: Sequence[Parcel]) -> None:
    unlucky = [parcel for parcel in parcels if parcel.outcome in UNLUCKY]
    for parcel in unlucky[:MAX_LINES]:
        error = parcel.error or (parcel.fault.error if parcel.fault else "")
        logger.warning(
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


def warner(logger: Logger) -> Callable[[str, Mapping[str, Any]], None]:
    """Writes a warning with its facts."""

    def warn(message: str, facts: Mapping[str, Any]) -> None:
        logger.warning(message, **facts)

    return warn


def table_watch(logger: Logger, write_metrics: WriteMetrics) -> Callable[[ReloadResult, str], None]:
    """Tells what became of the routing table: a line with the sentence, and a metric named for the news."""

    def tell(news: ReloadResult, sentence: str) -> None:
        (logger.info if news is ReloadResult.CHANGED else logger.error)(sentence)
        write_metrics([MetricSet({}, {f"RoutingTable{news.value}": Metric(COUNT, [1])})])

    return tell

"""Logs who asked for what and what became of it, and counts it in metrics."""

from typing import Any, Protocol

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from dlq_replayer.request.request import HOLD, Request

MEASURED = ("replayed", "duplicate", "died_again", "parked", "purged", "failed", "foreign")
"""Counts of an answer that are metrics."""

_LOGGED = ("run", "invocation", "stopped", "counts", "remaining", "oldest_age_s", "problem", "continued")
"""Fields of an answer that are logged."""


class Audit(Protocol):
    """Is told of each request."""

    def begun(self, request: Request, run: str) -> None:
        """Log that a request is about to be carried out."""
        ...

    def refused(self, faults: list[dict[str, str]]) -> None:
        """Log that a request was refused, and nothing changed."""
        ...

    def ended(self, request: Request, answer: dict[str, Any], before: dict[str, int]) -> None:
        """Log that a request was carried out; `before` has the counts of the run's earlier invocations."""
        ...

    def warn(self, message: str) -> None:
        """Something went wrong that a person should look at."""
        ...


class LogAudit:
    """See Audit: log lines and metrics through Powertools. No letter's content is logged."""

    def __init__(self, logger: Logger, metrics: Metrics) -> None:
        self._logger = logger
        self._metrics = metrics

    def begun(self, request: Request, run: str) -> None:
        """See Audit."""
        self._logger.info("replay begun", run=run, request=_shown(request))

    def refused(self, faults: list[dict[str, str]]) -> None:
        """See Audit."""
        self._logger.warning("replay refused", faults=faults)

    def ended(self, request: Request, answer: dict[str, Any], before: dict[str, int]) -> None:
        """See Audit."""
        facts: Any = {name: answer.get(name) for name in _LOGGED}
        self._logger.info("replay ended", request=_shown(request), **facts)
        if request.source == HOLD:
            return  # metrics count letters; what the drainer does with the hold queue, it counts itself
        for name in MEASURED:
            made = answer["counts"][name] - before.get(name, 0)
            title = "".join(part.capitalize() for part in name.split("_"))
            self._metrics.add_metric(title, MetricUnit.Count, made)
        if answer["remaining"] is not None:
            self._metrics.add_metric("Remaining", MetricUnit.Count, answer["remaining"])
        if answer["oldest_age_s"] is not None:
            self._metrics.add_metric("OldestAge", MetricUnit.Seconds, answer["oldest_age_s"])
        self._metrics.flush_metrics()

    def warn(self, message: str) -> None:
        """See Audit."""
        self._logger.warning(message)


def _shown(request: Request) -> dict[str, Any]:
    return request.model_dump(mode="json", exclude_defaults=True, exclude={"confirm", "continues"})

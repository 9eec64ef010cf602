"""Calculates a month's bill by part: what a rate costs, at what was measured and at AWS's prices."""

from collections.abc import Mapping
from dataclasses import dataclass

from plan.measured.measured import Work
from plan.prices.prices import HOURS_A_MONTH, Prices

SECONDS_A_MONTH = HOURS_A_MONTH * 3600
"""A month, as AWS counts it."""

MEMORY_MB = 1769
"""One vCPU, the template's default: what one Python process uses."""

_LOG_BYTES_A_BATCH = 2_500
"""A log line, and the batch's metrics as another, in CloudWatch's embedded format. Counted from a run of the demo."""

_METRICS = 60
"""Metrics by name and dimension with three destinations and three topics: docs/reference/metrics.md has them."""

PRODUCER_RATE = 65_000
"""Messages a second that one t3.medium produces. A quarter of what a core did here: such instances are throttled."""


@dataclass(frozen=True, slots=True)
class Bill:
    """US dollars a month, by part."""

    name: str
    """What the bill is for."""
    parts: Mapping[str, float]
    """The parts."""
    note: str = ""
    """What it leaves out or takes for granted."""

    @property
    def total(self) -> float:
        """All parts."""
        return sum(self.parts.values())

    def per_million(self, rate: float) -> float:
        """Return what a million messages cost."""
        return self.total / (rate * SECONDS_A_MONTH / 1e6)


@dataclass(frozen=True, slots=True)
class Dispatching:
    """What dispatching takes, in a second."""

    rate: float
    """Messages."""
    batches: float
    """Batches, of all topics."""
    partitions: int
    """Partitions of all topics."""
    window_s: float
    """Seconds between two batches that have a partition."""
    busy: float
    """Environments that are busy."""
    units: int
    """Event poller units."""
    requests: float
    """Requests that queues charge for."""
    claims: float
    """Claims of event ids."""


def dispatching(prices: Prices, use: Dispatching) -> dict[str, float]:
    """Return what Comboio's own parts cost a month."""
    month = SECONDS_A_MONTH / 1e6
    ledger = 2 * use.partitions / use.window_s + use.claims
    return {
        "Lambda": use.busy * MEMORY_MB / 1024 * prices["lambda_gb_s"] * SECONDS_A_MONTH
        + use.batches * month * prices["lambda_million_requests"],
        "event pollers": use.units * prices["epu_hour"] * HOURS_A_MONTH,
        "DynamoDB": ledger * month * prices["dynamodb_million_writes"],
        "queues": use.requests * month * prices["sqs_million_requests"],
        "logs and metrics": use.batches * _LOG_BYTES_A_BATCH * SECONDS_A_MONTH / 1e9 * prices["logs_gb"]
        + _METRICS * prices["metric_month"],
    }


def powertools(prices: Prices, work: Work, rate: float, units: int, sqs_share: float) -> dict[str, float]:
    """Return what Powertools' documented way costs a month: two writes and a call for each message."""
    month = SECONDS_A_MONTH / 1e6
    busy = rate * (work.message_s + work.json_s)
    return {
        "Lambda": busy * MEMORY_MB / 1024 * prices["lambda_gb_s"] * SECONDS_A_MONTH,
        "event pollers": max(units, -(-int(busy) // 50)) * prices["epu_hour"] * HOURS_A_MONTH,
        "DynamoDB": rate * work.writes_a_message * month * prices["dynamodb_million_writes"],
        "queues": rate * sqs_share * work.sqs_requests_a_message * month * prices["sqs_million_requests"],
    }


def producers(prices: Prices, rate: float) -> float:
    """Return what the producers cost a month: two at least, so that one may fail."""
    return max(2, -(-int(rate) // PRODUCER_RATE)) * prices["ec2_producer_hour"] * HOURS_A_MONTH

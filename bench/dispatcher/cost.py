"""What a million messages cost on AWS, by part, from what was measured and AWS's list prices (us-east-1)."""

import math
from dataclasses import dataclass

from bench.dispatcher.measure import Reading
from plan.prices.prices import Prices

_PRICES = Prices.load()
PRICES = {
    name: _PRICES[name]
    for name in (
        "lambda_gb_s",
        "lambda_million_requests",
        "dynamodb_million_writes",
        "sqs_million_requests",
        "epu_hour",
    )
}
"""USD, from `plan/prices/prices.toml`. Free tiers and discounts left out."""

MEMORY_MB = 1769
"""One vCPU: the template's default."""

BATCH_RECORDS = 10_000
RATE_PER_S = 13_000
"""The rate that the pollers must keep up with."""

POLLER_BYTES_PER_S = 5_000_000
POLLER_INVOCATIONS = 5
EPU_BYTES_PER_S = 20_000_000
"""A poller does 5 MB/s or 5 invocations at the same time, whichever is less; an EPU is 20 MB/s, four of them."""


@dataclass(frozen=True, slots=True)
class Cost:
    """USD per million messages, by part."""

    lambda_compute: float
    lambda_requests: float
    dynamodb_writes: float
    sqs_requests: float
    event_pollers: float

    @property
    def total(self) -> float:
        """All parts."""
        return (
            self.lambda_compute + self.lambda_requests + self.dynamodb_writes + self.sqs_requests + self.event_pollers
        )


def cost(reading: Reading, record_bytes: float) -> Cost:
    """Of a contender as it was read; the reading of its events' JSON is billed too."""
    seconds = (reading.wall_s + reading.runtime_s) / reading.records
    return Cost(
        lambda_compute=seconds * 1e6 * MEMORY_MB / 1024 * PRICES["lambda_gb_s"],
        lambda_requests=PRICES["lambda_million_requests"] / BATCH_RECORDS,
        dynamodb_writes=reading.counts.dynamodb_writes / reading.records * PRICES["dynamodb_million_writes"],
        sqs_requests=reading.counts.sqs_requests / reading.records * PRICES["sqs_million_requests"],
        event_pollers=event_poller_units(seconds, record_bytes) * PRICES["epu_hour"] / (RATE_PER_S * 3600 / 1e6),
    )


def event_poller_units(seconds_per_message: float, record_bytes: float) -> int:
    """Return the units that `RATE_PER_S` takes: by bytes, or by the invocations that must run at the same time."""
    by_bytes = RATE_PER_S * record_bytes / POLLER_BYTES_PER_S
    by_invocations = RATE_PER_S * seconds_per_message / POLLER_INVOCATIONS
    return math.ceil(math.ceil(max(by_bytes, by_invocations)) * POLLER_BYTES_PER_S / EPU_BYTES_PER_S)

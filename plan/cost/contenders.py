"""Bills what others would use instead, at the same rate."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from plan.cost.bill import SECONDS_A_MONTH, Bill, powertools, producers
from plan.measured.measured import Measured
from plan.prices.prices import HOURS_A_MONTH, Prices

KB, CHUNK = 1024, 65_536
"""Kinesis bills whole KB of a record; EventBridge Pipes and SQS bill chunks of 64 KB."""

_PIPE_BATCH = 10
"""Messages that a pipe sends to a queue in one call."""

EC2_CORES, EC2_BUSY, EC2_LEAST = 2, 0.6, 3
"""Cores of a consumer's instance, how busy they may be, and one in each zone at least."""


@dataclass(frozen=True, slots=True)
class Billed:
    """What is billed."""

    rate: float
    """Messages a second."""
    payload_bytes: int
    """Bytes of a payload."""
    record_bytes: int
    """Bytes of a record on the broker."""
    sqs_share: float
    """Copies of a message that go to queues."""
    message_s: float
    """Seconds that one takes of a vCPU."""


def bills(
    prices: Prices,
    measured: Measured,
    traffic: Billed,
    ours: Mapping[str, float],
    kafka: Mapping[str, float],
    units: int,
) -> list[Bill]:
    """Return a bill for each way; `ours` is what dispatching costs, `kafka` the cluster."""
    cluster, send = sum(kafka.values()), {"producers": producers(prices, traffic.rate)}
    base = {"Kafka": cluster, **send}
    return [
        Bill("Comboio", {**base, **ours}),
        Bill(
            "Powertools' way",
            {**base, **powertools(prices, measured.powertools, traffic.rate, units, traffic.sqs_share)},
            "idempotency for each message, no order, no diverting; its logs and metrics are left out",
        ),
        Bill(
            "EC2 consumers",
            {**base, **_ec2(prices, traffic, ours)},
            "the same code on instances: their care is left out",
        ),
        Bill(
            "EventBridge Pipes",
            {**base, **_pipes(prices, traffic)},
            "no idempotency, no order across retries, no routing by payload in one pipe; batches are taken to be full",
        ),
        Bill(
            "Kinesis, a record each",
            {**send, **_kinesis(prices, traffic, KB * math.ceil(traffic.payload_bytes / KB)), **_without_pollers(ours)},
            "each record is billed as whole KB; 24 hours of retention",
        ),
        Bill(
            "Kinesis, aggregated",
            {**send, **_kinesis(prices, traffic, traffic.record_bytes), **_without_pollers(ours)},
            "needs a producer and a consumer that aggregate; 24 hours of retention",
        ),
    ]


def _ec2(prices: Prices, traffic: Billed, ours: Mapping[str, float]) -> dict[str, float]:
    instances = max(EC2_LEAST, math.ceil(traffic.rate * traffic.message_s / (EC2_CORES * EC2_BUSY)))
    return {
        "instances": instances * prices["ec2_consumer_hour"] * HOURS_A_MONTH,
        **{name: usd for name, usd in ours.items() if name not in ("Lambda", "event pollers")},
    }


def _pipes(prices: Prices, traffic: Billed) -> dict[str, float]:
    month = SECONDS_A_MONTH / 1e6
    entering = traffic.rate * traffic.payload_bytes / CHUNK
    return {
        "pipes": entering * month * prices["pipes_million_requests"],
        "queues": traffic.rate * traffic.sqs_share / _PIPE_BATCH * month * prices["sqs_million_requests"],
    }


def _kinesis(prices: Prices, traffic: Billed, billed_bytes: float) -> dict[str, float]:
    gb = traffic.rate * billed_bytes * SECONDS_A_MONTH / 1e9
    return {
        "stream": prices["kinesis_stream_hour"] * HOURS_A_MONTH,
        "data in": gb * prices["kinesis_in_gb"],
        "data out": gb * prices["kinesis_out_gb"],
    }


def _without_pollers(ours: Mapping[str, float]) -> dict[str, float]:
    """Return our parts without pollers: Lambda reads Kinesis for nothing."""
    return {name: usd for name, usd in ours.items() if name != "event pollers"}


def cheapest_to_dearest(found: Sequence[Bill]) -> list[Bill]:
    """Return the bills in the order of their totals."""
    return sorted(found, key=lambda bill: bill.total)

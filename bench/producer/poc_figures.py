"""What the proof of concept measures."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.producer.poc_read_back import Facts

WATCHED = "mt-c400"
"""The topic whose partitions the report shows: nearly all codes go to it."""


@dataclass(frozen=True, slots=True)
class Step:
    """Figures of a step of the ramp."""

    threads: int
    """Worker threads."""
    rate: float
    """Messages acknowledged a second."""
    ack_p50: float
    """Median latency in ms."""
    ack_p99: float
    """Latency in ms that 99 of 100 messages stay below."""
    queue: int
    """The most unacknowledged messages at a time."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Figures of so many processes at their set rate."""

    processes: int
    """Producers at a time."""
    rate: float
    """Messages acknowledged a second, by all of them."""
    ack_p50: float
    """Median latency in ms, of the slowest process."""
    ack_p99: float
    """Latency in ms that 99 of 100 messages stay below, of the slowest process."""
    acked: int
    """Messages acknowledged."""
    facts: Facts
    """What Kafka has afterwards."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """Figures of one key strategy."""

    name: str
    """The strategy, as PRODUCER_KEY_STRATEGY names it."""
    steps: Sequence[Step]
    """Its ramp."""
    counts: Sequence[int]
    """Messages by partition of mt-c400."""
    skew: float
    """The hottest of those partitions over the mean."""
    scales: Sequence[Scale]
    """Its scale-out."""


@dataclass(frozen=True, slots=True)
class Poc:
    """Everything that was measured, and on what."""

    broker: str
    """The broker and its version."""
    cores: int
    """Cores that producers and broker share."""
    at: str
    """When it was measured."""
    step_s: float
    """Seconds a step."""
    rate: float
    """Messages a second that each process of the scale-out produces."""
    strategies: Sequence[Strategy]
    """Each key strategy."""

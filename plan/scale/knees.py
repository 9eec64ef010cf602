"""Calculates the rate at which each limit is met, by the way messages are sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from plan.measured.measured import Measured, Work
from plan.scale.limits import Limit
from plan.sizing.partitions import record_bytes
from plan.sizing.pollers import POLLER_BYTES_PER_S
from plan.sizing.service import MOST_RECORDS, PACK

ENTRIES = 10
"""Entries of a call of SQS."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to send messages."""

    work: Work
    """What it takes of an environment and of DynamoDB."""
    messages_a_call: float
    """Messages that a call of SQS has."""
    batch: int
    """Records of a batch."""


def ways(measured: Measured) -> Mapping[str, Way]:
    """Return the ways that were measured, and the usual library's."""
    return {
        "packed": Way(measured.packed, ENTRIES * PACK, MOST_RECORDS),
        "unpacked": Way(measured.unpacked, ENTRIES, MOST_RECORDS),
        "event": Way(measured.event, ENTRIES, MOST_RECORDS),
        "Powertools": Way(measured.powertools, 1, MOST_RECORDS),
    }


def met_at(limit: Limit, way: Way, payload_bytes: int) -> float:
    """Return the messages a second at which a limit is met, with full batches and all else out of the way."""
    size = record_bytes(payload_bytes)
    by = {
        "environment": limit.value * way.work.speed(way.batch),
        "bytes": limit.value / size,
        "calls": limit.value * way.messages_a_call,
        "writes": limit.value / way.work.writes_a_message,
        "pollers": limit.value * POLLER_BYTES_PER_S / size,
    }
    return by[limit.of]

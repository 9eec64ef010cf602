"""Reads what was measured of the dispatcher, with the command that measures it again."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

FILE = Path(__file__).with_name("measured.toml")
"""The figures, as `make plan-measure` wrote them."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a way to send takes, in one environment with one vCPU."""

    batch_s: float
    """Seconds of a batch beside its messages: claim, settlement, the last calls' latency."""
    message_s: float
    """Seconds of a message in the handler."""
    json_s: float
    """Seconds of a message in Lambda's runtime, which reads the event's JSON."""
    writes_a_message: float
    """DynamoDB write units a message, in batches of 10,000 over twelve partitions."""
    sqs_requests_a_message: float
    """Requests that SQS charges for a message."""

    def seconds(self, records: float) -> float:
        """Return how long a batch takes."""
        return self.batch_s + records * (self.message_s + self.json_s)

    def speed(self, records: float) -> float:
        """Return the messages a second of one environment that gets batches of so many records."""
        return records / self.seconds(records)


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of the file."""

    date: date
    """When they were measured."""
    command: str
    """What measures them again."""
    machine: str
    """On what."""
    load: float
    """The load average of the machine meanwhile."""
    latency_s: float
    """Seconds that a call took."""
    packed: Work
    """Many messages in one entry."""
    unpacked: Work
    """An entry each."""
    event: Work
    """An entry each, and a claim of each `event_id`."""
    powertools: Work
    """Powertools' documented way, for comparison."""

    @classmethod
    def load_file(cls, path: Path = FILE) -> Self:
        """Read the file."""
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        parts: dict[str, Any] = {}
        for name, part in given.items():
            parts[name] = Work(**part) if isinstance(part, dict) else part
        return cls(**parts)

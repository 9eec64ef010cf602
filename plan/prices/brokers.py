"""Reads the brokers that Amazon MSK offers: what one takes, and what it costs."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

FILE = Path(__file__).with_name("brokers.toml")
"""The brokers, with their source and its date."""


@dataclass(frozen=True, slots=True)
class StandardBroker:
    """A broker with volumes of its own."""

    name: str
    """Its type, as MSK names it."""
    usd_hour: float
    """US dollars an hour."""
    disk_mbs: float
    """MiB a second that its volume writes."""
    network_mbs: float
    """MiB a second that it sends."""
    partitions: int
    """Partitions that AWS recommends it to have, replicas included."""


@dataclass(frozen=True, slots=True)
class ExpressBroker:
    """A broker whose storage MSK keeps elsewhere."""

    name: str
    """Its type, as MSK names it."""
    usd_hour: float
    """US dollars an hour."""
    in_mbs: float
    """MiB a second that AWS recommends it to take in."""
    partitions: int
    """Partitions that AWS recommends it to have, replicas included."""


@dataclass(frozen=True, slots=True)
class Brokers:
    """What MSK offers, the smallest first."""

    standard: tuple[StandardBroker, ...]
    """Those with volumes of their own."""
    express: tuple[ExpressBroker, ...]
    """Those without."""

    @classmethod
    def load(cls, path: Path = FILE) -> Self:
        """Read the file."""
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls(
            tuple(StandardBroker(name, **broker) for name, broker in given["standard"].items()),
            tuple(ExpressBroker(name, **broker) for name, broker in given["express"].items()),
        )

"""What the producer uses of a Kafka client, so that another one can take its place in a test."""

from collections.abc import Callable
from typing import Any, Protocol

from confluent_kafka import KafkaError


class Report(Protocol):
    """What the client tells of a message that is done."""

    def partition(self) -> int | None:
        """Return the partition that Kafka chose."""
        ...

    def offset(self) -> int | None:
        """Return its offset there."""
        ...

    def key(self) -> bytes | None:
        """Return the message's key."""
        ...

    def value(self) -> bytes | None:
        """Return the message's value."""
        ...

    def latency(self) -> float | None:
        """Return the seconds from `produce` to the acknowledgement."""
        ...


DeliveryReport = Callable[[KafkaError | None, Report], None]
"""What the client calls once for every message: with an error, or without one when Kafka has it."""


class KafkaClient(Protocol):
    """See confluent_kafka.Producer."""

    def __len__(self) -> int:
        """Return how many messages and events wait in the client."""
        ...

    @property
    def produce(self) -> Callable[..., None]:
        """Take a message: topic, value, key, partition, report, None, timestamp, headers."""
        ...

    def poll(self, timeout: float) -> int:
        """Call the reports there are, waiting up to `timeout` seconds for the first."""
        ...

    def flush(self, timeout: float) -> int:
        """Send everything without waiting for more, and call the reports that come within `timeout` seconds."""
        ...

    def purge(self, *, in_queue: bool, in_flight: bool, blocking: bool) -> None:
        """Give up all messages; each gets its report."""
        ...


Connect = Callable[[dict[str, Any]], KafkaClient]
"""Makes a client of its configuration."""

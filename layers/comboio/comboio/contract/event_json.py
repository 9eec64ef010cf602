"""Parses the JSON of a batch of Kafka records straight into what is read of it (docs/adr/0067-typed-events.md)."""

from typing import Literal, NotRequired, TypedDict

from msgspec import Struct
from msgspec.json import Decoder


class RawRecord(Struct, gc=False):
    """A record of an event, whose key and value are no longer base64; nothing of it is checked but its types."""

    topic: str
    partition: int
    offset: int
    timestamp: int | None = None
    key: bytes | None = None
    value: bytes | None = None
    headers: list[dict[str, list[int]]] | None = None

    def __repr__(self) -> str:
        """Say which record it is; what it says stands in no log."""
        return f"RawRecord({self.topic!r}, {self.partition}, {self.offset})"


Source = Literal["aws:kafka", "SelfManagedKafka"]
"""Who sends batches of Kafka records: a mapping on Amazon MSK, or one on any other Kafka."""


class KafkaEvent(TypedDict):
    """All that the system reads of a batch of records; what else an event holds is skipped."""

    eventSource: Source
    eventSourceArn: NotRequired[str | None]
    bootstrapServers: NotRequired[str | None]
    records: dict[str, list[RawRecord]]


_decode = Decoder(KafkaEvent).decode


def parse_event(text: bytes) -> KafkaEvent:
    """Parse a batch of Kafka records.

    Raises:
        ValueError, RecursionError: it is none, or some of it is not as Lambda writes it. A parser that takes any JSON
            says more.
    """
    return _decode(text)

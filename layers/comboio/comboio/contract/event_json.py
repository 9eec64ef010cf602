"""Parses the JSON of a batch of Kafka records straight into what is read of it (docs/adr/0067-typed-events.md)."""

from typing import Any

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


class _KafkaEvent(Struct):
    eventSource: str  # noqa: N815 -- Lambda's names
    records: dict[str, list[RawRecord]]
    eventSourceArn: str | None = None  # noqa: N815
    bootstrapServers: str | None = None  # noqa: N815


_decode = Decoder(_KafkaEvent).decode


def parse_event(text: bytes) -> dict[str, Any]:
    """Return an event with all that the system reads of one; its records are `RawRecord`.

    Raises:
        ValueError, RecursionError: it is no batch of Kafka records, or some of it is not as Lambda writes it. Then a
            parser that takes any JSON says more.
    """
    event = _decode(text)
    return {
        "eventSource": event.eventSource,
        "eventSourceArn": event.eventSourceArn,
        "bootstrapServers": event.bootstrapServers,
        "records": event.records,
    }

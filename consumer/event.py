"""The event that Lambda receives from Kafka, built from consumed messages."""

import json
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

Event = dict[str, Any]
"""An event, as `json.loads` would return it."""

Headers = Sequence[tuple[str, bytes | None]]
"""A record's headers, in order; a name may repeat, and a value may be null."""

_TIMESTAMP_TYPES = ("NO_TIMESTAMP_TYPE", "CREATE_TIME", "LOG_APPEND_TIME")
"""By librdkafka's number (0, 1, 2), in the words of Java's client, which Lambda's poller uses."""

RECORD_BYTES = len(
    '{"topic":"","partition":2147483647,"offset":9223372036854775807,"timestamp":9223372036854775807,'
    '"timestampType":"NO_TIMESTAMP_TYPE","key":"","value":"","headers":[]},'
)
"""Maximum size of a record in the event, without its topic, key, value and headers."""


@dataclass(frozen=True, slots=True)
class EventSource:
    """The cluster that events name, as Lambda's do for this kind of mapping."""

    bootstrap_servers: str
    arn: str = ""
    """ARN of an Amazon MSK cluster; empty for self-managed Kafka."""


class ConsumedRecord(NamedTuple):
    """One consumed record: what is needed to batch, track and retry it, and to write its part of the event."""

    partition: str
    """As the event and the response name it: `<topic>-<number>`."""
    offset: int
    timestamp: int
    """Epoch milliseconds; -1 where the record has none."""
    size: int
    """Maximum number of bytes that it adds to the event as compact JSON."""
    topic: str
    number: int
    """The partition's number."""
    timestamp_type: str
    key: bytes | None
    value: bytes | None
    headers: Headers


class KafkaMessage(Protocol):
    """The part of `confluent_kafka.Message` that is used."""

    def topic(self) -> str | None:
        """Return the topic's name."""
        ...

    def partition(self) -> int | None:
        """Return the partition's number."""
        ...

    def offset(self) -> int | None:
        """Return the place in the partition."""
        ...

    def timestamp(self) -> tuple[int, int]:
        """Return the timestamp's type and its epoch milliseconds."""
        ...

    def key(self) -> Any:
        """Return the key's bytes, or None."""
        ...

    def value(self) -> Any:
        """Return the value's bytes, or None."""
        ...

    def headers(self) -> Any:
        """Return the pairs of name and bytes, or None."""
        ...


def records(messages: Iterable[KafkaMessage]) -> list[ConsumedRecord]:
    """Return messages as records, in order. This and `event` are the hot path."""
    built = []
    for message in messages:
        topic = message.topic() or ""
        number = message.partition() or 0
        offset = message.offset() or 0
        kind, timestamp = message.timestamp()
        key = message.key()
        value = message.value()
        headers = _headers(message)
        size = RECORD_BYTES + len(topic)
        if key is not None:
            size += 4 * ((len(key) + 2) // 3)
        if value is not None:
            size += 4 * ((len(value) + 2) // 3)
        for name, content in headers:
            size += _name_bytes(name)
            if content is not None:
                size += (4 if content.isascii() else 5) * len(content)
        partition = partition_name(topic, number)
        built.append(
            ConsumedRecord(
                partition, offset, timestamp, size, topic, number, _TIMESTAMP_TYPES[kind], key, value, headers
            )
        )
    return built


@lru_cache(maxsize=4096)
def partition_name(topic: str, number: int) -> str:
    """Return a partition as events and responses name it; its records share the one text."""
    return f"{topic}-{number}"


def _headers(message: KafkaMessage) -> Headers:
    try:
        return message.headers() or ()
    except UnicodeDecodeError:  # JSON has no word for a name that is not UTF-8; the record itself still counts
        return ()


@lru_cache(maxsize=1024)
def _name_bytes(name: str) -> int:
    return len(json.dumps(name)) + len("{:[]},")


def partition_bytes(partition: str) -> int:
    """Return the maximum number of bytes that a partition's own entry adds to the event."""
    return len(partition) + len('"":[],')


def envelope_bytes(source: EventSource) -> int:
    """Return the maximum size of an event without records."""
    return len(serialise(event((), source)))


def event(batch: Iterable[ConsumedRecord], source: EventSource) -> Event:
    """Return the event for these records: by topic-partition, in the order given.

    Each call builds all of it anew, so that a function in this process may change what it gets, as a function in
    Lambda may. Header bytes become lists of *signed* integers, one `{name: [...]}` each, in order and with repeats.
    A null key or value stays null; a null header value becomes an empty list, since the event has no other word for it.
    """
    by_partition: dict[str, list[dict[str, Any]]] = {}
    for partition, offset, timestamp, _, topic, number, timestamp_type, key, value, headers in batch:
        if (found := by_partition.get(partition)) is None:
            found = by_partition[partition] = []
        found.append(
            {
                "topic": topic,
                "partition": number,
                "offset": offset,
                "timestamp": timestamp,
                "timestampType": timestamp_type,
                "key": None if key is None else b2a_base64(key, newline=False).decode(),
                "value": None if value is None else b2a_base64(value, newline=False).decode(),
                "headers": [{name: _signed(content)} for name, content in headers],
            }
        )
    if source.arn:
        return {
            "eventSource": "aws:kafka",
            "eventSourceArn": source.arn,
            "bootstrapServers": source.bootstrap_servers,
            "records": by_partition,
        }
    return {
        "eventSource": "SelfManagedKafka",
        "bootstrapServers": source.bootstrap_servers,
        "records": by_partition,
    }


def _signed(content: bytes | None) -> list[int]:
    if not content:
        return []
    return list(content) if content.isascii() else memoryview(content).cast("b").tolist()


def serialise(content: Event) -> bytes:
    """Return the event as it goes over the wire, and as its size is counted: compact JSON."""
    return json.dumps(content, separators=(",", ":")).encode()


def ranges(batch: Sequence[ConsumedRecord]) -> dict[str, list[int]]:
    """Return the first and the last offset of each topic-partition in the batch."""
    found: dict[str, list[int]] = {}
    for record in batch:
        partition, offset = record.partition, record.offset
        known = found.get(partition)
        if known is None:
            found[partition] = [offset, offset]
        elif offset > known[1]:
            known[1] = offset
        elif offset < known[0]:
            known[0] = offset
    return found

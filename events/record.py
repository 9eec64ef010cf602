"""Writes the recorded batch events of this folder: `python -m events.record`.

They are what a Kafka event source mapping invokes the function with, including everything that has surprised readers
of such events: mixed partitions, signed header bytes, repeated header names, keys and values that are null or
missing. Fixed times and ids, so that a second run writes the same bytes.
"""

import base64
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
STARTED = 1_795_359_600_123
"""2026-11-22T15:00:00.123Z in epoch ms."""

ARN = "arn:aws:kafka:us-east-1:123456789012:cluster/comboio/11111111-2222-3333-4444-555555555555-1"
BROKERS = "b-1.comboio.example:9098,b-2.comboio.example:9098"

Json = dict[str, Any]


def payload(number: int, codigo: int) -> bytes:
    """Return a message that keeps the contract, with a field that the contract does not know."""
    event_id = f"{STARTED + number:012x}"
    return json.dumps(
        {
            "event_id": f"{event_id[:8]}-{event_id[8:]}-7000-8000-{number:012x}",
            "codigo": codigo,
            "truck_id": f"T-{number % 4:06d}",
            "occurred_at": "2026-11-22T15:00:00.123Z",
            "velocidade_kmh": 60 + number,
        }
    ).encode()


def record(topic: str, partition: int, offset: int, key: bytes | None, value: bytes | None) -> Json:
    """Return one record as the mapping writes it, with the headers of the producer.

    The correlation id ends in an e with an acute accent: UTF-8 bytes above 127 arrive as negative numbers.
    """
    correlation_id = f"viagem-{partition}-{offset}-é".encode()
    trace_id = f"{partition + 1:04x}{offset + 1:028x}"
    return {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "timestamp": STARTED + offset,
        "timestampType": "CREATE_TIME",
        "key": None if key is None else base64.b64encode(key).decode(),
        "value": None if value is None else base64.b64encode(value).decode(),
        "headers": [
            {"correlation_id": signed(correlation_id)},
            {"traceparent": signed(f"00-{trace_id}-00f067aa0ba902b7-01".encode())},
        ],
    }


def signed(text: bytes) -> list[int]:
    """Return bytes as Java writes them: -128 to 127."""
    return [byte - 256 if byte > 127 else byte for byte in text]


def without(entry: Json, *names: str) -> Json:
    """Return the record without some of its fields, as some mappings omit them."""
    return {name: value for name, value in entry.items() if name not in names}


def msk(*records: Json) -> Json:
    """Return the event of a mapping on Amazon MSK."""
    return {"eventSource": "aws:kafka", "eventSourceArn": ARN, "bootstrapServers": BROKERS, "records": grouped(records)}


def self_managed(*records: Json) -> Json:
    """Return the event of a mapping on any other Kafka: no ARN."""
    return {"eventSource": "SelfManagedKafka", "bootstrapServers": BROKERS, "records": grouped(records)}


def grouped(records: tuple[Json, ...]) -> dict[str, list[Json]]:
    """Group records by "<topic>-<partition>", in their order."""
    groups: dict[str, list[Json]] = {}
    for entry in records:
        groups.setdefault(f"{entry['topic']}-{entry['partition']}", []).append(entry)
    return groups


def good(topic: str, partition: int, offset: int, codigo: int) -> Json:
    """Return a record that is to be dispatched."""
    number = 100 * partition + offset
    return record(topic, partition, offset, f"{codigo}:T-{number % 4:06d}".encode(), payload(number, codigo))


def repeated_header(entry: Json) -> Json:
    """Return the record with a second correlation id; the last one counts, as in Kafka's `lastHeader`."""
    return {**entry, "headers": [*entry["headers"], {"correlation_id": signed(b"viagem-corrigida")}]}


def poison() -> list[Json]:
    """Return records that no retry can help, each with a fault of its own."""
    faults = [
        b'{"event_id": "01", "codigo": 301, "truck_id": "T-1"',
        b"\xff\xfe\x00",
        b"[]",
        b'{"event_id": "a", "codigo": NaN, "truck_id": "T-1", "occurred_at": "2026-11-22T15:00:00Z"}',
        payload(4, -1),
        payload(5, 999_999),
        b"",
    ]
    bad = [record("mt-c400", 0, offset, b"301:T-000001", value) for offset, value in enumerate(faults)]
    not_base64 = {**record("mt-c400", 0, len(bad), None, None), "value": "not base64!"}
    return [*bad, not_base64]


def events() -> dict[str, Json]:
    """Return every event by the name of its file."""
    return {
        "kafka-msk-batch.json": msk(
            good("mt-c400", 0, 40, 301),
            good("mt-c400", 0, 41, 302),
            # There is no offset 42: compaction and transactions make such gaps.
            repeated_header(good("mt-c400", 0, 43, 301)),
            record("mt-c400", 3, 7, None, payload(307, 301)),
            record("mt-c400", 3, 8, b"301:T-000001", None),
            record("mt-c400", 3, 9, b"302", b'{"codigo": 302, "truck_id"'),
            good("mt-c300", 1, 0, 303),
            {**good("mt-c300", 1, 1, 304), "timestampType": "LOG_APPEND_TIME"},
            good("high_priority_events", 0, 12, 300),
        ),
        "kafka-self-managed-batch.json": self_managed(
            good("mt-c400", 11, 0, 305),
            without(record("mt-c400", 11, 1, None, payload(1101, 305)), "key"),
            without(record("mt-c400", 11, 2, b"305", None), "value", "headers"),
        ),
        "kafka-poison-batch.json": msk(*poison(), good("mt-c400", 1, 0, 301)),
    }


def main() -> None:
    """Write every event into this folder."""
    for name, event in events().items():
        (FOLDER / name).write_text(json.dumps(event, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()

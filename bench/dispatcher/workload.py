"""Batches as the event source mapping delivers them: the same for all that are compared."""

import base64
import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from producer.iso_time import iso_utc
from producer.source.pareto import pareto_weights

TOPIC = "mt-c400"
CODIGOS = range(300, 350)
TRUCKS = 5_000
STARTED_MS = 1_795_359_600_000  # 2026-11-22T15:00:00Z
FIRST_OFFSET = 1_000_000

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Workload:
    """`records` of about 200 bytes in a batch, spread over `partitions`; the same `seed` gives the same batches."""

    records: int = 10_000
    partitions: int = 12
    seed: int = 1

    def batch(self, number: int) -> str:
        """Return the event of the batch `number` as Lambda's runtime gets it: JSON. Offsets continue from the last."""
        chance = random.Random(f"{self.seed}:{number}")  # noqa: S311 -- repeatable, and no secret
        codigos = chance.choices(CODIGOS, pareto_weights(len(CODIGOS)), k=self.records)
        groups: dict[str, list[Json]] = {f"{TOPIC}-{partition}": [] for partition in range(self.partitions)}
        first = FIRST_OFFSET + number * self.records
        for place, codigo in enumerate(codigos):
            partition = place % self.partitions
            offset = first + place // self.partitions
            groups[f"{TOPIC}-{partition}"].append(_record(chance, codigo, partition, offset))
        return json.dumps(
            {
                "eventSource": "aws:kafka",
                "eventSourceArn": f"arn:aws:kafka:us-east-1:123456789012:cluster/bench/{uuid.UUID(int=0)}-1",
                "bootstrapServers": "b-1.bench.example:9098,b-2.bench.example:9098",
                "records": groups,
            },
            separators=(",", ":"),
        )


def _record(chance: random.Random, codigo: int, partition: int, offset: int) -> Json:
    truck_id = f"T-{chance.randrange(TRUCKS):06d}"
    timestamp = STARTED_MS + offset
    event_ms = timestamp - chance.randrange(20)
    value = json.dumps(
        {
            "event_id": _uuid7(chance, event_ms),
            "codigo": codigo,
            "truck_id": truck_id,
            "occurred_at": iso_utc(event_ms),
            "lat": round(chance.uniform(-33, 5), 6),
            "lon": round(chance.uniform(-73, -35), 6),
            "speed_kmh": round(chance.uniform(0, 110), 1),
            "heading": chance.randrange(360),
        },
        separators=(",", ":"),
    )
    trace = f"00-{chance.getrandbits(128):032x}-{chance.getrandbits(64):016x}-01"
    return {
        "topic": TOPIC,
        "partition": partition,
        "offset": offset,
        "timestamp": timestamp,
        "timestampType": "CREATE_TIME",
        "key": base64.b64encode(f"{codigo}:{truck_id}".encode()).decode(),
        "value": base64.b64encode(value.encode()).decode(),
        "headers": [{"correlation_id": list(_uuid(chance).encode())}, {"traceparent": list(trace.encode())}],
    }


def _uuid7(chance: random.Random, ms: int) -> str:
    """Return an event id as the producer makes them: UUID version 7, of the event's time."""
    return f"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7{chance.getrandbits(12):03x}{str(_uuid(chance))[18:]}"


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def record_bytes(event: Json) -> float:
    """Return the mean size of the event's records in Kafka: key, value and headers, in bytes."""
    groups: Sequence[Sequence[Json]] = list(event["records"].values())
    sizes = [
        len(base64.b64decode(record["key"]))
        + len(base64.b64decode(record["value"]))
        + sum(len(name) + len(value) for header in record["headers"] for name, value in header.items())
        for group in groups
        for record in group
    ]
    return sum(sizes) / len(sizes)

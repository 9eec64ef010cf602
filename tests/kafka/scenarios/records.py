"""Records that a scenario produces itself, numbered as the producer's are."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from uuid import uuid4
from zlib import crc32

from confluent_kafka import Message, Producer

from comboio.contract.partition_key import by_codigo_truck_id
from local.errors import LocalError
from tests.kafka.history import Acknowledged
from tests.kafka.run import PARTITIONS, Run

KEYS = 12
"""Keys of such a topic: trucks with one code."""

CODIGO = 400
"""The code of all of them."""


class Numbered:
    """Makes records: each has an id, a key, and a number that rises."""

    def __init__(self) -> None:
        self._made = 0

    def make(self, count: int) -> Iterator[tuple[str, bytes]]:
        """Return so many, each as key and value."""
        for _ in range(count):
            self._made += 1
            truck = f"truck-{self._made % KEYS}"
            value = {
                "event_id": str(uuid4()),
                "codigo": CODIGO,
                "truck_id": truck,
                "occurred_at": datetime.now(UTC).isoformat(),
                "sequence": self._made,
                "padding": "x" * 200,
            }
            yield by_codigo_truck_id(CODIGO, truck).decode(), json.dumps(value).encode()


def producer(run: Run, **options: str) -> Producer:
    """Return a client that writes as the producer does."""
    config = {"bootstrap.servers": run.bootstrap, "enable.idempotence": True, "acks": "all", "log_level": 2}
    return Producer({**config, **{name.replace("_", "."): value for name, value in options.items()}})


def send(run: Run, client: Producer, records: Iterable[tuple[str, bytes]]) -> list[Acknowledged]:
    """Produce records over the first partitions; return what Kafka acknowledged, which is all of them.

    Raises:
        LocalError: it did not take all.
    """
    written: list[Acknowledged] = []
    refused: list[str] = []

    def delivered(error: object, message: Message) -> None:
        if error is not None:
            refused.append(str(error))
            return
        event: str = json.loads(message.value() or b"{}")["event_id"]
        written.append(Acknowledged(event, f"{message.topic()}-{message.partition()}", message.offset() or 0))

    for key, value in records:
        client.produce(run.topic, value, key, crc32(key.encode()) % PARTITIONS, on_delivery=delivered)
        client.poll(0)
    if client.flush(60) or refused:
        raise LocalError(f"Kafka did not take all records of {run.topic}: {refused[:1]}")
    return written

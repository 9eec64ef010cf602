"""The topic that is consumed: the dispatcher benchmark's messages, compressed, as a producer on EC2 writes them."""

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, NamedTuple

from confluent_kafka import Consumer, Producer, TopicPartition

from bench.dispatcher.workload import Workload
from local.errors import LocalError

TOPIC = "mt-c400"
PARTITIONS = 12

PREMADE = 10_000
"""Different messages, which are produced again and again."""


class Made(NamedTuple):
    """A message to produce."""

    key: bytes
    value: bytes
    headers: list[tuple[str, str | bytes | None]]


def messages(count: int) -> Iterator[Made]:
    """Yield messages of about 200 bytes."""
    records = [record for group in json.loads(Workload(PREMADE).batch(0))["records"].values() for record in group]
    made = [
        Made(
            b64decode(record["key"]),
            b64decode(record["value"]),
            [(name, bytes(content)) for header in record["headers"] for name, content in header.items()],
        )
        for record in records
    ]
    for number in range(count):
        yield made[number % PREMADE]


def fill(servers: str, count: int) -> None:
    """Produce the messages, in turn to each partition.

    Raises:
        LocalError: the broker did not take or keep all of them.
    """
    producer = Producer(
        {
            "bootstrap.servers": servers,
            "linger.ms": 200,
            "batch.size": 900_000,
            "compression.type": "zstd",
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    failed: list[Any] = []
    for number, message in enumerate(messages(count)):
        producer.produce(
            TOPIC,
            message.value,
            message.key,
            partition=number % PARTITIONS,
            headers=message.headers,
            on_delivery=lambda error, _: failed.append(error) if error else None,
        )
        if number % 10_000 == 0:
            producer.poll(0)
    if producer.flush(60) or failed:
        raise LocalError(f"The broker did not take all messages: {failed[:1] or 'not within 60 s'}.")
    client = Consumer({"bootstrap.servers": servers, "group.id": "bench-look"})
    lows = [client.get_watermark_offsets(TopicPartition(TOPIC, number), 10)[0] for number in range(PARTITIONS)]
    client.close()
    if any(lows):
        raise LocalError(f"The broker keeps only a part of {count} messages. Name fewer in BENCH_MESSAGES.")

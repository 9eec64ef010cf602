"""The least that a consumer can do: confluent-kafka's own loop, and the event built of each batch.

It reads a topic from the beginning, and commits after each batch. It has no function to call, no retries, no order, no
bound of memory or of an event's size, no rebalances, no statistics and no journal. Its event is the consumer's own, as
a test holds.
"""

import os
import sys
import time
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, Message

from bench.consumer.figures import BATCH, WITHIN_S
from bench.consumer.function import COUNTER
from consumer.main import collect_rarely

KINDS = ("NO_TIMESTAMP_TYPE", "CREATE_TIME", "LOG_APPEND_TIME")

FETCHED_AT_ONCE = 1000


def bare_event(messages: Sequence[Message], servers: str, arn: str) -> dict[str, Any]:
    """Return the event for these messages, written down as one first would."""
    records: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        topic, partition = message.topic(), message.partition()
        kind, timestamp = message.timestamp()
        key, value = message.key(), message.value()
        records.setdefault(f"{topic}-{partition}", []).append(
            {
                "topic": topic,
                "partition": partition,
                "offset": message.offset(),
                "timestamp": timestamp,
                "timestampType": KINDS[kind],
                "key": None if key is None else b64encode(key).decode(),
                "value": None if value is None else b64encode(value).decode(),
                "headers": [
                    {name: [byte - 256 if byte > 127 else byte for byte in content or b""]}
                    for name, content in _headers(message)
                ],
            }
        )
    return {"eventSource": "aws:kafka", "eventSourceArn": arn, "bootstrapServers": servers, "records": records}


def _headers(message: Message) -> list[tuple[str, bytes | None]]:
    found: Any = message.headers() or []  # its stub says str for what comes as bytes
    return found  # type: ignore[no-any-return]


def main() -> None:
    """Consume as many messages as the environment says, and write the figures."""
    collect_rarely()
    wanted, servers = int(os.environ["BENCH_MESSAGES"]), os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    client = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": os.environ["CONSUMER_GROUP_ID"],
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": int(float(os.environ["CONSUMER_SESSION_TIMEOUT_S"]) * 1000),
        }
    )
    client.subscribe([os.environ["CONSUMER_TOPICS"]])
    taken = 0
    deadline = time.monotonic() + WITHIN_S
    while taken < wanted:
        messages: list[Message] = []
        while len(messages) < min(BATCH, wanted - taken):
            messages += [each for each in client.consume(FETCHED_AT_ONCE, 0.1) if each.error() is None]
            if time.monotonic() > deadline:
                sys.exit(f"only {taken} of {wanted} messages came")
        COUNTER.count(bare_event(messages, servers, os.environ["CONSUMER_EVENT_SOURCE_ARN"]))
        taken += len(messages)
        client.commit(asynchronous=True)
    client.commit(asynchronous=False)
    client.close()


if __name__ == "__main__":
    main()

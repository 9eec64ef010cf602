"""Feed the dispatcher's handler from a consumer of one's own: `python own_consumer.py TOPIC`.

Comboio's own consumer (`python -m consumer`) has retries with backoff, backpressure, rebalances and statistics; begin
here if you have a poller already and want to know what the handler needs from it. That is three things:

1. an event like Lambda's for self-managed Kafka, with a stable `bootstrapServers`: it names the cluster, which is part
   of a record's identity;
2. a context with a request id and a deadline that holds;
3. that what the answer reports as failed is delivered again before its offset, or one behind it, is committed.

The environment is the dispatcher's (`make stack` prints one), and KAFKA_BOOTSTRAP_SERVERS. The dispatcher refuses
clusters that DISPATCHER_CLUSTERS does not name: set it to those servers, separated by semicolons.
"""

import os
import sys
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka import Message as KafkaMessage

Handler = Callable[[dict[str, Any], Any], Mapping[str, Any]]
"""The dispatcher's handler, or whatever takes its place."""

TIMEOUT_S = 30
"""What an invocation may take. The ledger's leases last as long, so it is short."""

BACKOFF_S = 0.5
"""Wait before failed records are delivered again."""


class Context:
    """What the handler asks of an invocation."""

    def __init__(self) -> None:
        self.aws_request_id = str(uuid.uuid4())
        self._deadline = time.monotonic() + TIMEOUT_S

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds that are left."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def event_of(messages: Sequence[KafkaMessage], bootstrap: str) -> dict[str, Any]:
    """Return the event that Lambda gets from self-managed Kafka for these messages."""
    records: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        key, value = message.key(), message.value()
        record = {
            "topic": message.topic(),
            "partition": message.partition(),
            "offset": message.offset(),
            "timestamp": message.timestamp()[1],
            "timestampType": "CREATE_TIME",
            "key": None if key is None else b64encode(key).decode(),
            "value": None if value is None else b64encode(value).decode(),
            "headers": [{header[0]: list(header[1] or b"")} for header in message.headers() or ()],
        }
        records.setdefault(f"{message.topic()}-{message.partition()}", []).append(record)
    return {"eventSource": "SelfManagedKafka", "bootstrapServers": bootstrap, "records": records}


def dispatch(handler: Handler, messages: Sequence[KafkaMessage], bootstrap: str) -> None:
    """Invoke the handler until it has answered for every message; the ledger skips what it has done before."""
    left = list(messages)
    while left:
        try:
            answer = handler(event_of(left, bootstrap), Context())
        except Exception as error:  # the whole batch is delivered again
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        else:
            failed = {
                (each["itemIdentifier"]["partition"], each["itemIdentifier"]["offset"]) for each in _failures(answer)
            }
            left = [each for each in left if (f"{each.topic()}-{each.partition()}", each.offset()) in failed]
        if left:
            time.sleep(BACKOFF_S)


def _failures(answer: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    failures: Sequence[Mapping[str, Any]] = answer.get("batchItemFailures", [])
    return failures


def run(topic: str, bootstrap: str, handler: Handler, stopped: Callable[[], bool], group: str = "own-consumer") -> None:
    """Consume a topic until `stopped`: a batch is dispatched whole before its offsets are committed."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "max.poll.interval.ms": 600_000,
        }
    )
    consumer.subscribe([topic])
    try:
        while not stopped():
            messages = [message for message in consumer.consume(1000, timeout=0.5) if not message.error()]
            if messages:
                dispatch(handler, messages, bootstrap)
                ends: dict[tuple[str, int], int] = {}
                for each in messages:
                    ends[each.topic() or "", each.partition() or 0] = (each.offset() or 0) + 1
                places = [TopicPartition(name, partition, offset) for (name, partition), offset in ends.items()]
                consumer.commit(offsets=places, asynchronous=False)
    finally:
        consumer.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or "KAFKA_BOOTSTRAP_SERVERS" not in os.environ:
        sys.exit("Name the topic and the brokers: KAFKA_BOOTSTRAP_SERVERS=host:port python own_consumer.py TOPIC")
    from dispatcher.handler import handler as dispatcher_handler

    run(sys.argv[1], os.environ["KAFKA_BOOTSTRAP_SERVERS"], dispatcher_handler, lambda: False)

"""A topic of the same cluster as destination: it gets each discarded record with what became of it."""

from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaException, Producer

from consumer.on_failure.destination import NotWrittenError
from consumer.on_failure.forms import record_messages

WITHIN_S = 20.0
"""Seconds for the cluster to acknowledge a batch, after which its records are kept and written again."""


class KafkaDestination:
    """Produces a message for each record; the batch is written when the cluster has acknowledged all of them.

    Weakness: where some were acknowledged and others were not, all are produced again, so the topic has some twice.
    """

    def __init__(
        self, options: Mapping[str, Any], topic: str, connect: Callable[[dict[str, Any]], Any] = Producer
    ) -> None:
        self._options = {
            **options,
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",  # Java's: the records of a key stay together, as in their own topic
            "delivery.timeout.ms": int(WITHIN_S * 1000) - 1000,
            "message.max.bytes": 100_000_000,  # the broker's limit decides
        }
        self._topic = topic
        self._connect = connect
        self._producer: Any = None

    def write(self, key: str, document: bytes) -> None:  # noqa: ARG002 each record has a key of its own
        """Produce the records of the document."""
        failures: list[str] = []
        acknowledged = 0

        def delivered(error: Any, _: Any) -> None:
            nonlocal acknowledged
            if error is None:
                acknowledged += 1
            else:
                failures.append(error.str())

        messages = list(record_messages(document))
        try:
            self._producer = self._producer or self._connect(self._options)
            for message in messages:
                self._producer.produce(self._topic, message.value, message.key, on_delivery=delivered)
            self._producer.flush(WITHIN_S)
        except (KafkaException, BufferError) as error:
            failures.append(str(error))
        if acknowledged < len(messages):
            why = failures[0] if failures else f"not acknowledged within {WITHIN_S:g} s"
            raise NotWrittenError(f"kafka://{self._topic}: {len(messages) - acknowledged} records: {why}")

"""The Kafka client's settings: what is promised (acks, idempotence, placement) and what is tuned."""

from typing import Any

from producer.kafka.security import security
from producer.options.settings import ProducerSettings

STATISTICS_MS = 1_000


def connection(settings: ProducerSettings) -> dict[str, Any]:
    """How any client of ours reaches the cluster."""
    return {"bootstrap.servers": settings.bootstrap, "client.id": "comboio-producer", **security(settings)}


def kafka_config(settings: ProducerSettings) -> dict[str, Any]:
    """librdkafka's configuration. The partitioner is Java's: librdkafka's default places keys elsewhere."""
    return {
        **connection(settings),
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "compression.type": settings.compression,
        "linger.ms": settings.linger_ms,
        "queue.buffering.max.messages": settings.queue_messages,
        # The client never gives a message up by itself: what came after it would be written before it is sent again.
        # `Delivery` looks at the age of what is under way, and takes everything back together.
        "delivery.timeout.ms": 0,
        "statistics.interval.ms": STATISTICS_MS,
    }

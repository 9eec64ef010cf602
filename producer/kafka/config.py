"""The Kafka client's settings: what is promised (acks, idempotence, placement) and what is tuned."""

from typing import Any

from producer.kafka.cluster import BatchLimits
from producer.options.settings import ProducerSettings

_STATISTICS_MS = 1_000
"""How often the client reports its statistics."""

_BATCH_BYTES = 1_000_000
"""The client's own bound of a batch, and of a message whose topic does not say what it takes."""

_LIMIT_SHARE = 0.95
"""Share of a topic's limit that a batch is filled to before compression: what does not compress grows a little."""


def connection(settings: ProducerSettings) -> dict[str, Any]:
    """Return how any client of ours reaches the cluster."""
    return {
        "bootstrap.servers": settings.bootstrap_servers,
        "client.id": "comboio-producer",
        **settings.security_options(),
    }


def kafka_config(settings: ProducerSettings, limits: BatchLimits = BatchLimits()) -> dict[str, Any]:  # noqa: B008 - immutable
    """Return librdkafka's configuration. The partitioner is Java's: librdkafka's default places keys elsewhere."""
    return {
        **connection(settings),
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "compression.type": settings.compression,
        "linger.ms": settings.linger_ms,
        "queue.buffering.max.messages": settings.queue_messages,
        "batch.size": min(_BATCH_BYTES, max(1, int((limits.smallest or _BATCH_BYTES / _LIMIT_SHARE) * _LIMIT_SHARE))),
        "message.max.bytes": max(_BATCH_BYTES, limits.largest or 0),
        # The client never gives a message up by itself: what came after it would be written before it is sent again.
        # `Delivery` looks at the age of what is in flight, and takes everything back together.
        "delivery.timeout.ms": 0,
        "statistics.interval.ms": _STATISTICS_MS,
    }

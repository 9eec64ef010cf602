"""A batch is in the topic when the cluster has acknowledged all of its records, and not before."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from consumer.on_failure.destination import NotWrittenError
from consumer.on_failure.document import RETRIES_EXHAUSTED, document
from consumer.on_failure.kafka_topic import KafkaDestination
from tests.support.kafka_records import SOURCE, record

DOCUMENT = document(
    [record("t-0", offset)._replace(key=b"k") for offset in range(3)],
    SOURCE,
    request_id="r",
    function_arn="arn:f",
    condition=RETRIES_EXHAUSTED,
    attempts=1,
    function_error=None,
    at=datetime(2026, 11, 22, tzinfo=UTC),
)


class FakeProducer:
    """Acknowledges the first `good` messages; the others fail with an error, or are never answered."""

    def __init__(self, good: int, error: Any = None, refused: Exception | None = None) -> None:
        self.good = good
        self.error = error
        self.refused = refused
        self.produced: list[tuple[str, bytes | None]] = []
        self.waiting: list[Callable[[Any, Any], None]] = []
        self.options: dict[str, Any] = {}

    def __call__(self, options: dict[str, Any]) -> "FakeProducer":
        self.options = options
        return self

    def produce(self, topic: str, value: bytes, key: bytes | None, on_delivery: Callable[[Any, Any], None]) -> None:
        if self.refused is not None:
            raise self.refused
        self.produced.append((topic, key))
        self.waiting.append(on_delivery)

    def flush(self, timeout: float) -> None:
        for number, delivered in enumerate(self.waiting):
            if number < self.good:
                delivered(None, None)
            elif self.error is not None:
                delivered(self.error, None)
        self.waiting.clear()


def test_every_record_is_produced_with_its_key() -> None:
    """With acknowledgements of all replicas, and Java's choice of the partition."""
    producer = FakeProducer(3)
    KafkaDestination({"bootstrap.servers": "b"}, "dlt", producer).write("key", DOCUMENT)
    assert producer.produced == [("dlt", b"k")] * 3
    assert producer.options["bootstrap.servers"] == "b"
    assert (producer.options["acks"], producer.options["partitioner"]) == ("all", "murmur2_random")


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize(
    "producer",
    [
        FakeProducer(2),
        FakeProducer(0, KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)),
        FakeProducer(0, refused=BufferError("full")),
        FakeProducer(0, refused=KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))),
    ],
    ids=["silent", "refused", "full", "large"],
)
def test_a_record_that_is_not_acknowledged_keeps_the_batch(producer: FakeProducer) -> None:
    """The mapping keeps all of its records, and writes them again."""
    with pytest.raises(NotWrittenError, match="kafka://dlt"):
        KafkaDestination({}, "dlt", producer).write("key", DOCUMENT)

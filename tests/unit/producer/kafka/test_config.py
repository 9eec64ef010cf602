"""The Kafka client's settings: the promises are not options."""

from producer.kafka.config import kafka_config
from producer.options.settings import ProducerSettings


def test_the_promises_hold_whatever_the_options() -> None:
    """Durable, idempotent, and placed as Java places."""
    config = kafka_config(ProducerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "broker:9092"}))
    assert (config["acks"], config["enable.idempotence"], config["partitioner"]) == ("all", True, "murmur2_random")


def test_tuning_follows_the_options() -> None:
    """What can be tuned reaches the client."""
    config = kafka_config(
        ProducerSettings.from_environment(
            {"KAFKA_BOOTSTRAP_SERVERS": "b:1", "PRODUCER_LINGER_MS": "7", "PRODUCER_COMPRESSION": "zstd"}
        )
    )
    assert (config["linger.ms"], config["compression.type"]) == (7, "zstd")

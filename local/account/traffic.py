"""The traffic of a run: a producer, and here, where no poller of AWS's is, a consumer for each mapping."""

from collections.abc import Mapping

from local.account.settings import CheckSettings
from local.account.topics import RunNames
from local.demo.processes import Processes
from local.demo.proof.paths import Paths
from local.deploy.mappings import TopicMapping
from local.kafka import Kafka

_BAD_INPUT = "malformed=20,unknown_codigo=20,tombstone=5"
"""Bad messages among those of the run, for the dead-letter queue."""


def produce(
    settings: CheckSettings,
    names: RunNames,
    connection: Mapping[str, str],
    paths: Paths,
    processes: Processes,
) -> None:
    """Start the producer, which ends by itself."""
    topics_file = paths.root / "topics.toml"
    topics_file.write_text(names.topics_file(), encoding="utf-8")
    environ = {
        **connection,
        "PRODUCER_RATE": str(settings.rate),
        "PRODUCER_MESSAGES": str(settings.rate * settings.duration),
        "PRODUCER_TOPICS_FILE": str(topics_file),
        "PRODUCER_FAULTS": _BAD_INPUT,
        "PRODUCER_STATE_DIR": str(paths.root / "producer"),
        "PRODUCER_ACK_JOURNAL": str(paths.acknowledged),
        "PRODUCER_STATS_FILE": str(paths.producer_stats),
    }
    processes.start("producer", "producer", environ, paths.log("producer"))


def stand_in(
    mapping: TopicMapping, stack: str, kafka: Kafka, given: Mapping[str, str], paths: Paths, processes: Processes
) -> None:
    """Start a consumer in place of a mapping; `given` are its variables for AWS, and options of the user's."""
    environ = {
        **mapping.options(stack),
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        "CONSUMER_BACKOFF_CAP_S": "1",
        "CONSUMER_SESSION_TIMEOUT_S": str(kafka.session_timeout_ms / 1000),
        "CONSUMER_JOURNAL": str(paths.journal(mapping.topic)),
        "CONSUMER_STATS_FILE": str(paths.consumer_stats(mapping.topic)),
        "LOG_LEVEL": "WARNING",
        **given,
    }
    processes.start(f"consumer {mapping.topic}", "consumer", environ, paths.log(f"consumer-{mapping.topic}"))

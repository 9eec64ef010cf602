"""Kafka for the local stack, by choice: `with broker("embedded", {"mt-c400": 12}) as kafka: kafka.bootstrap`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from local.errors import LocalError
from local.kafka.apache import apache
from local.kafka.cluster import Kafka
from local.kafka.embedded import embedded
from local.kafka.external import external
from local.progress import Progress, silence

__all__ = ["TOPICS", "Kafka", "broker"]

TOPICS: Mapping[str, int] = {"mt-c400": 12, "mt-c300": 2, "high_priority_events": 2}
"""Partitions by topic, as deployed."""


@contextmanager
def broker(
    choice: str = "embedded",
    topics: Mapping[str, int] = TOPICS,
    *,
    port: int | None = None,
    progress: Progress = silence,
) -> Iterator[Kafka]:
    """Run a Kafka with these topics for the length of the block.

    Args:
        choice: `embedded`, `apache` or `host:port[,host:port...]`, as in the environment variable KAFKA.
        topics: partitions by topic name.
        port: loopback port of an Apache Kafka; the embedded broker always takes a free one.
        progress: called with each step that takes long.

    Raises:
        LocalError: it did not start; the message says what is missing.
    """
    if port is not None and choice != "apache":
        raise LocalError(f"LOCAL_KAFKA_PORT={port} goes with KAFKA=apache only, and KAFKA is {choice!r}. Unset one.")
    if choice == "embedded":
        kafka = embedded(topics)
    elif choice == "apache":
        kafka = apache(topics, port, progress)
    elif ":" in choice:
        kafka = external(choice, topics)
    else:
        raise LocalError(f"KAFKA is {choice!r}. Allowed: embedded, apache or host:port.")
    with kafka as running:
        yield running

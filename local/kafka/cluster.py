"""A Kafka cluster as its users see it, whoever runs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kafka:
    """A cluster that answers.

    Attributes:
        bootstrap: what clients take as `bootstrap.servers`.
        kind: `embedded`, `apache` or `external`.
        description: product and version, for reports.
        session_timeout_ms: the `session.timeout.ms` that consumers should take here; how long a killed one's
            partitions stand still follows from it.
        create_topics: makes the topics (partitions by name) that do not exist yet.
        consumer_options: what CONSUMER_CLIENT_OPTIONS should be here.
    """

    bootstrap: str
    kind: str
    description: str
    session_timeout_ms: int
    create_topics: Callable[[Mapping[str, int]], None]
    consumer_options: str = ""

"""A choice of Kafka is one of those that exist."""

import pytest

from local.errors import LocalError
from local.kafka import broker


def test_unknown_choice_names_what_is_allowed() -> None:
    """A Kafka that is neither kind nor address is refused before anything starts."""
    with pytest.raises(LocalError, match="Allowed: embedded, apache or host:port"), broker("redpanda"):
        pass


@pytest.mark.parametrize("choice", ["embedded", "localhost:9092"])
def test_a_port_is_refused_where_it_cannot_be_had(choice: str) -> None:
    """Only Apache Kafka listens where it is told; elsewhere a port would be silently ignored."""
    with (
        pytest.raises(LocalError, match="LOCAL_KAFKA_PORT=9092 goes with KAFKA=apache only"),
        broker(choice, port=9092),
    ):
        pass

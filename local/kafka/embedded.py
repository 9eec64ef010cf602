"""The embedded broker: librdkafka's mock cluster, from the wheel of the client, in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import confluent_kafka

from local.errors import LocalError
from local.kafka import mock_cluster
from local.kafka.cluster import Kafka

SESSION_TIMEOUT_MS = 2000
"""The mock cluster waits session.timeout.ms - 1 s in every rebalance, whether or not all have joined. With 2 s, a late
consumer gets its partitions after 1 s and a killed one's move after 3.5 s (docs/adr/0002-embedded-broker.md)."""

_FETCH_WAIT_MS = 10
"""The mock cluster answers a fetch that found nothing after fetch.wait.max.ms, half a second unless it is set, whatever
comes meanwhile; Apache Kafka answers when something comes."""


@contextmanager
def embedded(topics: Mapping[str, int]) -> Iterator[Kafka]:
    """Run a broker on a free loopback port, in memory, for the length of the block or until this process ends.

    It is for laptops and tests. Weaknesses: a partition keeps about 5 MB and silently drops the oldest records beyond
    that (`local.kafka.retention` warns in time); commits fail while a group rebalances; a client that asks for a topic
    creates it with 4 partitions; lookups of offsets by time find nothing.

    Raises:
        LocalError: it does not start, or refuses a topic.
    """
    process = subprocess.Popen(  # noqa: S603 - our own file
        [sys.executable, str(Path(mock_cluster.__file__))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    ask, answers = process.stdin, process.stdout
    assert ask is not None  # noqa: S101 - by stdin=PIPE
    assert answers is not None  # noqa: S101 - by stdout=PIPE

    def create_topics(wanted: Mapping[str, int]) -> None:
        for topic, partitions in wanted.items():
            ask.write(f"{topic} {partitions}\n")
            ask.flush()
            if (answer := answers.readline().strip()) != "ok":
                raise LocalError(f"The embedded broker did not create the topic {topic}: {answer or 'it has stopped'}.")

    try:
        bootstrap = answers.readline().strip()
        if not bootstrap:
            raise LocalError(
                f"The embedded broker did not start (status {process.wait()}); its message is above. Is "
                f"confluent-kafka installed as locked (requirements/services.txt)?"
            )
        create_topics(topics)
        yield Kafka(
            bootstrap=bootstrap,
            kind="embedded",
            description=f"librdkafka {confluent_kafka.libversion()[0]} mock cluster",
            session_timeout_ms=SESSION_TIMEOUT_MS,
            create_topics=create_topics,
            consumer_options=f"fetch.wait.max.ms={_FETCH_WAIT_MS}",
        )
    finally:
        ask.close()
        answers.close()
        process.wait()

"""Brings a mapping into a situation: topic, messages, function, the mapping's own process; and looks what it does."""

import json
import os
import shlex
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from comboio.errors import ServiceError
from consumer.conformance.function import Functions
from consumer.conformance.situation import Observed, ProducedMessage, Situation

WITHIN_S = 40.0
"""Seconds until a mapping has committed all of a situation; then it is judged by what it did so far."""

POLL_S = 0.2
_LATER_S = 1.0
"""Seconds between messages that wait for a mapping to begin."""

_STOP_S = 20.0
_KAFKA_S = 20.0
"""Seconds that Kafka may take for an answer."""

_FOR_EVER = {"retention.ms": "-1"}
"""Of a topic: some messages have timestamps of years ago."""

WINDOW_S = 1
"""The batching window: all messages are in Kafka before the mapping starts."""


class ContractError(ServiceError):
    """A situation could not be made: that says nothing of the mapping."""


class Surroundings(NamedTuple):
    """What all situations have in common."""

    kafka: str
    """Bootstrap servers."""
    endpoint: str
    """Where the functions are invoked."""
    start: str
    """The command that runs a mapping until it gets SIGTERM."""
    folder: Path
    """For templates and logs."""
    prefix: str
    """Begins the names of topics and groups."""

    def topics(self, situation: Situation) -> dict[str, int]:
        """Return the topics of a situation with their partitions."""
        name = f"{self.prefix}-{situation.name}"
        return {name: situation.partitions} | ({f"{name}-failed": 1} if situation.gives_up else {})

    def observe(self, situation: Situation, functions: Functions) -> Observed:
        """Return what a mapping does in a situation.

        Raises:
            ContractError: Kafka does not answer, or the command cannot be run.
        """
        topic, *failed = self.topics(situation)
        _create(self.kafka, self.topics(situation))
        _produce(self.kafka, topic, situation.messages)
        produced = Counter(f"{topic}-{message.partition}" for message in situation.messages)
        with self._mapping(situation, topic, failed) as alive:
            deadline = time.monotonic() + WITHIN_S
            asks = situation.later is not None
            while alive() and (asks or self._committed(topic, situation) != produced) and time.monotonic() < deadline:
                if asks and situation.later is not None:
                    _produce(self.kafka, topic, [situation.later])
                    produced[f"{topic}-{situation.later.partition}"] += 1
                    time.sleep(_LATER_S)
                    asks = not functions.events(situation.name)
                time.sleep(POLL_S)
            time.sleep(POLL_S)  # what is invoked once too often comes at once
        return Observed(
            functions.events(situation.name),
            dict(produced),
            self._committed(topic, situation),
            self._read(failed[0]) if failed else [],
            topic,
        )

    @contextmanager
    def _mapping(self, situation: Situation, topic: str, failed: list[str]) -> Iterator[Callable[[], bool]]:
        template = self.folder / f"{situation.name}.json"
        template.write_text(json.dumps(self.template(situation, topic, failed), indent=1), encoding="utf-8")
        variables = {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "MAPPING_TEMPLATE": str(template),
            "FUNCTION_ENDPOINT": self.endpoint,
            "FUNCTION_NAME": situation.name,
        }
        with (self.folder / f"{situation.name}.log").open("wb") as log:
            try:
                process = subprocess.Popen(  # noqa: S603 the command that the user names
                    shlex.split(self.start),
                    env={**os.environ, **variables},
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            except OSError as error:
                raise ContractError(f"--start {self.start!r} cannot be run: {error.strerror}.") from None
        try:
            yield lambda: process.poll() is None
        finally:
            _end(process)

    def template(self, situation: Situation, topic: str, failed: list[str]) -> dict[str, object]:
        """Return the template that declares the mapping."""
        destination = {"DestinationConfig": {"OnFailure": {"Destination": f"kafka://{failed[0]}"}}} if failed else {}
        properties = {
            "FunctionName": situation.name,
            "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": self.kafka.split(",")}},
            "SelfManagedKafkaEventSourceConfig": {"ConsumerGroupId": topic},
            "Topics": [topic],
            "StartingPosition": "TRIM_HORIZON",
            "MaximumBatchingWindowInSeconds": WINDOW_S,
            "ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 1},
            **destination,
            **situation.settings,
        }
        return {"Resources": {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}}}

    def _committed(self, topic: str, situation: Situation) -> dict[str, int]:
        client = Consumer({"bootstrap.servers": self.kafka, "group.id": topic})
        try:
            asked = [TopicPartition(topic, number) for number in range(situation.partitions)]
            return {f"{topic}-{each.partition}": max(0, each.offset) for each in client.committed(asked, _KAFKA_S)}
        except KafkaException as error:
            raise ContractError(f"Kafka does not say what {topic} has committed: {error}.") from None
        finally:
            client.close()

    def _read(self, topic: str) -> list[tuple[bytes | None, bytes]]:
        client = Consumer({"bootstrap.servers": self.kafka, "group.id": f"{topic}-read", "enable.partition.eof": True})
        client.assign([TopicPartition(topic, 0, 0)])
        found: list[tuple[bytes | None, bytes]] = []
        deadline = time.monotonic() + _KAFKA_S
        try:
            while time.monotonic() < deadline:
                message = client.poll(1.0)
                if message is None:
                    continue
                if message.error() is not None:  # the end
                    return found
                found.append((message.key(), message.value() or b""))
        finally:
            client.close()
        raise ContractError(f"{topic} could not be read within {_KAFKA_S:g} s.")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a mapping, and what its command started beside it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)  # it leads a session
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
            return


def _create(kafka: str, topics: dict[str, int]) -> None:
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 4})
    try:
        known = admin.list_topics(timeout=_KAFKA_S).topics
        new = [
            NewTopic(name, partitions, 1, config=_FOR_EVER) for name, partitions in topics.items() if name not in known
        ]
        for created in admin.create_topics(new).values() if new else ():
            created.result(_KAFKA_S)
    except KafkaException as error:
        raise ContractError(f"The topics {', '.join(topics)} cannot be made at {kafka}: {error}.") from None


def _produce(kafka: str, topic: str, messages: Iterable[ProducedMessage]) -> None:
    producer = Producer({"bootstrap.servers": kafka, "acks": "all"})
    for each in messages:
        key, value, number = each.key, each.value, each.partition
        producer.produce(topic, value, key, number, timestamp=each.timestamp, headers=list(each.headers))
    if left := producer.flush(_KAFKA_S):
        raise ContractError(f"Kafka at {kafka} did not take {left} messages of {topic} within {_KAFKA_S:g} s.")

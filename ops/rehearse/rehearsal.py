"""Produces the samples, runs the consumer with the deployed handler, and finds what became of each message."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from comboio.contract.dead_letter import DeadLetter
from comboio.contract.unpack import Message, read
from local.aws.queue import messages
from local.demo.processes import Processes
from local.errors import LocalError
from local.stack import Stack
from ops.rehearse.samples import SampleMessage

_DONE_WITHIN_S = 60.0
"""Seconds until each message must have been dispatched; it takes about ten. What then waits says why in the log."""

_LOOK_S = 0.3
_GROUP = "comboio-rehearsal"

Place = tuple[str, int]
"""A topic and an offset; each topic has one partition."""


class Found(NamedTuple):
    """What was found after the run."""

    arrived: Mapping[str, Sequence[Message]]
    """By destination."""
    dead: Mapping[Place, DeadLetter]
    waiting: frozenset[Place]
    """What the dispatcher had not done in time."""
    why: str = ""
    """What its log says of that."""


class Rehearsal:
    """One run."""

    def __init__(self, stack: Stack, processes: Processes, folder: Path) -> None:
        self._stack = stack
        self._processes = processes
        self._folder = folder

    def queues(self, destinations: Sequence[str]) -> dict[str, str]:
        """Make a queue for each destination; return their URLs."""
        sqs = self._stack.aws.client("sqs")
        return {name: sqs.create_queue(QueueName=f"rehearsal-{name}")["QueueUrl"] for name in destinations}

    def run(
        self,
        table: Path,
        samples: Mapping[str, Sequence[SampleMessage]],
        queues: Mapping[str, str],
        variables: Mapping[str, str],
    ) -> Found:
        """Send the samples through, and return what became of them. `variables` are those that the table names.

        Raises:
            LocalError: a part of the stack failed.
        """
        self._produce(samples)
        self._start(table, samples, variables)
        committed = self._committed(samples)
        self._processes.stop("consumer")
        aws = self._stack.aws
        dlq = self._stack.environment("DispatcherFunction")["DEAD_LETTER_QUEUE_URL"]
        letters = [DeadLetter.from_json(held.body) for held in messages(aws, dlq)]
        return Found(
            {
                name: [each for held in messages(aws, url) for each in read(held.body, held.attributes)]
                for name, url in queues.items()
            },
            {(letter.topic, letter.offset): letter for letter in letters},
            frozenset(
                (topic, offset)
                for topic, sent in samples.items()
                for offset in range(committed.get(topic, 0), len(sent))
            ),
            why_records_wait((self._folder / "consumer.log").read_text(encoding="utf-8", errors="replace")),
        )

    def _produce(self, samples: Mapping[str, Sequence[SampleMessage]]) -> None:
        producer = Producer({"bootstrap.servers": self._stack.kafka.bootstrap, "acks": "all"})
        for topic, sent in samples.items():
            for each in sent:
                producer.produce(topic, each.value, each.key, partition=0, headers=list(each.headers))
                producer.poll(0)
        if left := producer.flush(30):
            raise LocalError(f"Kafka did not acknowledge {left} messages within 30 s. Check whether it still runs.")

    def _start(self, table: Path, samples: Mapping[str, Sequence[SampleMessage]], variables: Mapping[str, str]) -> None:
        stack = self._stack
        environ = {
            **stack.environment("DispatcherFunction"),
            "KAFKA_BOOTSTRAP_SERVERS": stack.kafka.bootstrap,
            "CONSUMER_EVENT_SOURCE_ARN": stack.deployment.parameters["MskClusterArn"],
            "CONSUMER_TOPICS": ",".join(samples),
            "CONSUMER_GROUP_ID": _GROUP,
            "CONSUMER_FUNCTION": "dispatcher.handler:handler",
            "CONSUMER_SESSION_TIMEOUT_S": str(stack.kafka.session_timeout_ms / 1000),
            "CONSUMER_CLIENT_OPTIONS": stack.kafka.consumer_options,
            "CONSUMER_BATCH_WINDOW_S": "0",
            "DISPATCHER_ROUTES_FILE": str(table),
            "LOG_LEVEL": "WARNING",
            **variables,
        }
        self._processes.start("consumer", "consumer", environ, self._folder / "consumer.log")

    def _committed(self, samples: Mapping[str, Sequence[SampleMessage]]) -> dict[str, int]:
        """Wait until all is dispatched; return how far each topic is."""
        client = Consumer(
            {"bootstrap.servers": self._stack.kafka.bootstrap, "group.id": _GROUP, "enable.auto.commit": False}
        )
        found: dict[str, int] = defaultdict(int)
        deadline = time.monotonic() + _DONE_WITHIN_S
        try:
            while time.monotonic() < deadline:
                self._processes.check()
                try:
                    asked = client.committed([TopicPartition(topic, 0) for topic in samples], 5)
                except KafkaException:  # the group is being made
                    asked = []
                found.update({each.topic: max(each.offset, 0) for each in asked})
                if all(found[topic] >= len(sent) for topic, sent in samples.items()):
                    break
                time.sleep(_LOOK_S)
        finally:
            client.close()
        return found


def why_records_wait(log: str) -> str:
    """Return the last reason that a dispatcher's log has; empty if it has none."""
    for line in reversed(log.splitlines()):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("message") in ("records wait", "record failed"):
            return str(entry.get("error", ""))
    return ""

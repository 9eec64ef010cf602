"""Produces the fleets' messages, feeds the deployed handler, and compares what arrived with what was sent."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from confluent_kafka import Producer

from local.adopt import received
from local.adopt.contracts import TABLE, Fleet
from local.demo.processes import Processes
from local.errors import LocalError
from local.stack import Stack

_DONE_WITHIN_S = 120.0
"""Seconds until everything must have arrived; it takes about ten."""

LOOK_S = 0.5
BUCKET = "comboio-adopt"


class Outcome(NamedTuple):
    """What became of the messages for one destination, or of the bad ones."""

    place: str
    expected: int
    missing: int
    foreign: int

    @property
    def sound(self) -> bool:
        """Return whether all arrived, and nothing else."""
        return not self.missing and not self.foreign


class Check:
    """One run of the check."""

    def __init__(self, stack: Stack, processes: Processes, folder: Path, registry: str) -> None:
        self._stack = stack
        self._processes = processes
        self._folder = folder
        self._registry = registry

    def run(self, fleets: Sequence[Fleet]) -> list[Outcome]:
        """Return what became of the messages.

        Raises:
            LocalError: a part of the stack failed.
        """
        aws = self._stack.aws
        queue = aws.client("sqs").create_queue(QueueName="comboio-adopt")["QueueUrl"]
        aws.client("s3").create_bucket(Bucket=BUCKET)
        table = self._folder / "routes.toml"
        table.write_text(TABLE.format(registry=self._registry, queue=queue, bucket=BUCKET), encoding="utf-8")
        self._produce(fleets, table)
        self._start(fleets, table)
        good = Counter(received.text(sent.arrives) for fleet in fleets for sent in fleet.messages if not sent.names)
        bad = sum(bool(sent.names) for fleet in fleets for sent in fleet.messages)
        dlq = self._stack.environment("DispatcherFunction")["DEAD_LETTER_QUEUE_URL"]
        deadline = time.monotonic() + _DONE_WITHIN_S
        while True:
            found = {
                "SQS queue": received.in_queue(aws, queue),
                "S3 bucket": received.in_bucket(aws, BUCKET),
                "Python function": received.in_file(self._folder / "fleet.jsonl"),
            }
            letters = received.dead(aws, dlq)
            arrived = all(each.total() >= good.total() for each in found.values()) and len(letters) >= bad
            if arrived or time.monotonic() > deadline:
                break
            self._processes.check()
            time.sleep(LOOK_S)
        self._processes.stop("consumer")
        outcomes = [
            Outcome(place, good.total(), received.missing(good, each), received.foreign(good, each))
            for place, each in found.items()
        ]
        named = [(sent.names, sent.value) for fleet in fleets for sent in fleet.messages if sent.names]
        told = [
            next((pair for pair in named if pair[0] in letter.error and pair[1] == letter.value), None)
            for letter in letters
        ]
        right = Counter(pair for pair in told if pair is not None)
        return [
            *outcomes,
            Outcome(
                "dead letters that name the field",
                bad,
                (Counter(named) - right).total(),
                (right - Counter(named)).total() + told.count(None),
            ),
        ]

    def _produce(self, fleets: Sequence[Fleet], table: Path) -> None:
        for fleet in fleets:
            if fleet.producer:
                self._produce_lines(fleet, table)
        producer = Producer({"bootstrap.servers": self._stack.kafka.bootstrap, "acks": "all", "linger.ms": 5})
        for fleet in fleets:
            for sent in fleet.messages if not fleet.producer else [each for each in fleet.messages if each.names]:
                producer.produce(fleet.topic, sent.value, sent.key, headers=list(sent.headers))
                producer.poll(0)
        if left := producer.flush(30):
            raise LocalError(f"Kafka did not acknowledge {left} messages within 30 s. Check whether it still runs.")
        for fleet in fleets:
            while fleet.producer and not self._processes.ended(fleet.topic):
                time.sleep(LOOK_S / 10)

    def _produce_lines(self, fleet: Fleet, table: Path) -> None:
        """Write a fleet's good messages as lines, and start the producer that encodes them."""
        lines = self._folder / f"{fleet.topic}.jsonl"
        good = [json.dumps(sent.arrives, ensure_ascii=False) + "\n" for sent in fleet.messages if not sent.names]
        lines.write_text("".join(good), encoding="utf-8")
        environ = {
            "KAFKA_BOOTSTRAP_SERVERS": self._stack.kafka.bootstrap,
            "PRODUCER_SOURCE": "file",
            "PRODUCER_SOURCE_PATH": str(lines),
            "PRODUCER_ROUTES_FILE": str(table),
            "PRODUCER_TOPIC": fleet.topic,
            "PRODUCER_REGISTRY": self._registry,
            **fleet.producer,
        }
        self._processes.start(fleet.topic, "producer", environ, self._folder / f"{fleet.topic}.log")

    def _start(self, fleets: Sequence[Fleet], table: Path) -> None:
        environ = {
            **self._stack.environment("DispatcherFunction"),
            "KAFKA_BOOTSTRAP_SERVERS": self._stack.kafka.bootstrap,
            "CONSUMER_EVENT_SOURCE_ARN": self._stack.deployment.parameters["MskClusterArn"],
            "CONSUMER_TOPICS": ",".join(fleet.topic for fleet in fleets),
            "CONSUMER_GROUP_ID": "comboio-adopt",
            "CONSUMER_FUNCTION": "dispatcher.handler:handler",
            "CONSUMER_SESSION_TIMEOUT_S": str(self._stack.kafka.session_timeout_ms / 1000),
            "DISPATCHER_ROUTES_FILE": str(table),
            "ADOPT_FILE": str(self._folder / "fleet.jsonl"),
            "LOG_LEVEL": "WARNING",
        }
        self._processes.start("consumer", "consumer", environ, self._folder / "consumer.log")

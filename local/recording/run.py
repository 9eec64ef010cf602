"""Records a case: produces its messages, lets the consumer invoke a function with them, and takes up its recording."""

import json
import sys
import time
from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from confluent_kafka import Producer

from local.demo.processes import Processes, base_environment
from local.errors import LocalError, last_lines
from local.kafka import broker
from local.kafka.cluster import Kafka
from local.recording.cases import Case
from local.recording.folder import Event, read
from local.recording.message import Message

ARN = "arn:aws:kafka:us-east-1:123456789012:cluster/comboio/11111111-2222-3333-4444-555555555555-1"

BROKERS = "b-1.comboio.example:9098"
"""Stands in the events in place of a loopback address, which is another one in each run."""

WINDOW_S = 2
"""The batching window: all messages are in Kafka before the consumer starts, and are to be in one batch."""

WITHIN_S = 60.0
"""Seconds until the events are there; it takes about five."""


def record(case: Case, scratch: Path) -> dict[str, Event]:
    """Return the events by the names of their files.

    Raises:
        LocalError: a part did not start, or other events came than the case has files for.
    """
    with broker("apache" if case.transactional else "embedded", {case.topic: case.partitions}) as kafka:
        produce(case, kafka)
        folder = scratch / case.files[0]
        consume(case, kafka, folder)
        found = [read(path) for path in sorted(folder.glob("*.event.json*"))]
    if len(found) != len(case.files):
        raise LocalError(
            f"{case.files[0]}: the function was invoked {len(found)} times, and not {len(case.files)} times. The "
            "messages came in more than one batch, or not at all. Record it again on a machine that is less busy."
        )
    return {name: elsewhere(event, kafka.bootstrap) for name, event in zip(case.files, found, strict=True)}


def produce(case: Case, kafka: Kafka) -> None:
    """Produce the messages of a case, in their order, and wait until Kafka has them."""
    options: dict[str, str | int] = {"bootstrap.servers": kafka.bootstrap, "acks": "all"}
    if not case.transactional:
        producer = Producer(options)
        _send(producer, case.topic, list(case.messages))
        return
    producer = Producer({**options, "transactional.id": "recording"})
    producer.init_transactions()
    for aborted, messages in groupby(case.messages, attrgetter("aborted")):
        producer.begin_transaction()
        _send(producer, case.topic, list(messages))
        if aborted:
            producer.abort_transaction()
        else:
            producer.commit_transaction()


def _send(producer: Producer, topic: str, messages: list[Message]) -> None:
    for message in messages:
        producer.produce(
            topic,
            message.value,
            message.key,
            message.partition,
            timestamp=message.timestamp,
            headers=list(message.headers),
        )
        producer.poll(0)
    if left := producer.flush(30):
        raise LocalError(f"Kafka did not acknowledge {left} messages within 30 s. Check whether it still runs.")


def consume(case: Case, kafka: Kafka, folder: Path, environ: Mapping[str, str] | None = None) -> None:
    """Let the consumer invoke the case's function, with a recording in `folder`, until all events are answered."""
    variables = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        "CONSUMER_EVENT_SOURCE_ARN": "" if case.self_managed else ARN,
        "CONSUMER_TOPICS": case.topic,
        "CONSUMER_FUNCTION": f"local.recording.function:{case.function}",
        "CONSUMER_BATCH_SIZE": "10000",
        "CONSUMER_BATCH_WINDOW_S": str(WINDOW_S),
        "CONSUMER_SESSION_TIMEOUT_S": str(kafka.session_timeout_ms / 1000),
        "CONSUMER_STATS_FILE": str(folder.with_suffix(".stats")),
        **case.options,
        **(environ or {}),
    }
    log = folder.with_suffix(".log")
    deadline = time.monotonic() + WITHIN_S
    with Processes(base_environment()) as processes:
        processes.run("consumer", [sys.executable, "-m", "consumer", "--record", str(folder)], variables, log)
        while len(list(folder.glob("*.answer.json"))) < len(case.files):
            processes.check()
            if time.monotonic() > deadline:
                raise LocalError(f"{case.files[0]}: no events within {WITHIN_S:g} s. The log:\n{last_lines(log)}")
            time.sleep(0.1)
        processes.stop("consumer")


def elsewhere(event: Event, address: str) -> Event:
    """Return the event with other addresses of brokers than this run's."""
    text = json.dumps(event)
    found: Event = json.loads(text.replace(address, BROKERS))
    return found

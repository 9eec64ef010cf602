"""Records what the mapping writes to each kind of on-failure destination, when a function never takes its batch."""

import json
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import Consumer

from local.aws import Aws, emulator, messages
from local.errors import LocalError
from local.kafka import broker
from local.kafka.cluster import Kafka
from local.progress import to_stderr
from local.recording.cases import Case
from local.recording.folder import Event
from local.recording.message import good
from local.recording.run import consume, elsewhere, produce

TOPIC, FAILED_TOPIC = "mt-c400", "mt-c400.failed"

_CASE = Case(
    ("attempt-1", "attempt-2"),
    TOPIC,
    tuple(good(5, n) for n in range(3)),
    function="fails",
    options={
        "CONSUMER_MAXIMUM_RETRY_ATTEMPTS": "1",
        "CONSUMER_BACKOFF_BASE_S": "0.1",
        "CONSUMER_FUNCTION_NAME": "comboio-dispatcher",
    },
)
"""A batch that fails, is tried once more, and is given up."""

_READ_WITHIN_S = 20.0
"""Seconds until the messages of the Kafka topic are read."""


def record_on_failure(scratch: Path) -> dict[str, Event]:
    """Return what a bucket, a queue and a Kafka topic get, by the names of their files.

    Raises:
        LocalError: a part did not start, or a destination got something else.
    """
    with broker("embedded", {TOPIC: _CASE.partitions, FAILED_TOPIC: 1}) as kafka, emulator(progress=to_stderr) as aws:
        produce(_CASE, kafka)
        found = {
            "on-failure/bucket-object": _in_directory(kafka, scratch),
            "on-failure/queue-message": _in_queue(kafka, aws, scratch),
            "on-failure/topic-message": _in_topic(kafka, scratch),
        }
    return {name: elsewhere(written, kafka.bootstrap) for name, written in found.items()}


def _give_up(kafka: Kafka, scratch: Path, name: str, where: str, environ: Mapping[str, str]) -> None:
    destination = {"CONSUMER_GROUP_ID": name, "CONSUMER_ON_FAILURE": where}
    consume(_CASE, kafka, scratch / name, {**environ, **destination})


def _in_directory(kafka: Kafka, scratch: Path) -> Event:
    """Give up to a directory, which gets what a bucket gets, byte by byte."""
    _give_up(kafka, scratch, "bucket", str(scratch / "objects"), {})
    return _only([path.read_text() for path in (scratch / "objects").rglob("*") if path.is_file()])


def _in_queue(kafka: Kafka, aws: Aws, scratch: Path) -> Event:
    """Give up to a queue; a topic of SNS passes on the same."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="failed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    _give_up(kafka, scratch, "queue", arn, aws.environment)
    return _only([each.body for each in messages(aws, url)])


def _in_topic(kafka: Kafka, scratch: Path) -> Event:
    """Give up to a topic, where each record is a message of its own, and keep the first."""
    _give_up(kafka, scratch, "topic", f"kafka://{FAILED_TOPIC}", {})
    client = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "reads", "auto.offset.reset": "earliest"})
    client.subscribe([FAILED_TOPIC])
    found = client.consume(len(_CASE.messages), _READ_WITHIN_S)
    client.close()
    if len(found) != len(_CASE.messages):
        raise LocalError(f"{FAILED_TOPIC} got {len(found)} messages of {len(_CASE.messages)}.")
    return _only([(found[0].value() or b"").decode()])


def _only(texts: list[str]) -> Event:
    if len(texts) != 1:
        raise LocalError(f"The destination got {len(texts)} times what it should get once.")
    found: Event = json.loads(texts[0])
    return found

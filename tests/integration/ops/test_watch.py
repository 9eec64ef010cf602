"""The board over real parts: Kafka's offsets, and the emulator's queues, table and CloudWatch."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from comboio.routing.table import DEFAULT_TABLE
from local.aws.deployment import STACK, Deployment
from local.aws.queue import messages
from local.kafka import Kafka
from local.kafka.retention import RetentionWatch
from ops.watch.deployed import NOW, DeployedStack
from ops.watch.holding import STATES
from ops.watch.lag import SUM, THROUGHPUT
from ops.watch.local_stack import DEAD, WAITING, LocalStack, reason_of
from ops.watch.panel import Panel
from ops.watch.sources import names_of

TOPIC, GROUP = "watched", "watch-test"


@pytest.fixture
def watch(embedded_kafka: Kafka) -> Iterator[RetentionWatch]:
    """Give a look at a group that has done 3 of 10 records of a topic."""
    embedded_kafka.create_topics({TOPIC: 1})
    producer = Producer({"bootstrap.servers": embedded_kafka.bootstrap})
    for _ in range(10):
        producer.produce(TOPIC, b"x", partition=0)
    producer.flush(10)
    consumer = Consumer({"bootstrap.servers": embedded_kafka.bootstrap, "group.id": GROUP})
    consumer.commit(offsets=[TopicPartition(TOPIC, 0, 3)], asynchronous=False)
    consumer.close()
    with RetentionWatch(embedded_kafka.bootstrap, GROUP, {TOPIC: 1}) as found:
        yield found


def by_title(found: Sequence[Panel]) -> dict[str, dict[str, object]]:
    return {panel.title: {row.label: row.value for row in panel.rows} for panel in found}


def test_a_local_stack_is_read_whole(watch: RetentionWatch, deployment: Deployment) -> None:
    """Lag is what the group has not committed; letters are counted by their reason."""
    environ = deployment.environment("DispatcherFunction")
    stack = LocalStack(deployment, watch.windows, lambda: names_of(Path(DEFAULT_TABLE), environ), None)
    panels = stack.look(1000.0)
    found = by_title(panels)
    assert found[SUM] == {TOPIC: 7}
    assert found[THROUGHPUT] == {"into Kafka": None, "done by the group": None}
    assert by_title(stack.look(1001.0))[THROUGHPUT] == {"into Kafka": 0.0, "done by the group": 0.0}
    letters = messages(deployment.aws, deployment.resource("DeadLetterQueue"))
    assert found[DEAD] == Counter(map(reason_of, letters))
    assert found[WAITING]["dead letters"] == len(letters)
    assert set(found[STATES]) == {"telemetry", "events", "alerts"}
    notes = {panel.note for panel in panels if panel.note}
    assert notes == {"The functions run in their consumer's process here, and their figures are in its log."}


def test_a_kafka_that_is_away_leaves_the_rest(deployment: Deployment) -> None:
    """Its panels have a sentence; queues and table are read all the same."""
    with RetentionWatch("127.0.0.1:1", GROUP, {TOPIC: 1}) as away:
        environ = deployment.environment("DispatcherFunction")
        stack = LocalStack(deployment, lambda: away.windows(0.2), lambda: names_of(Path(DEFAULT_TABLE), environ), None)
        panels = {panel.title: panel for panel in stack.look(1000.0)}
    assert panels[SUM].note.startswith("Kafka does not answer")
    assert panels[WAITING].rows and panels[STATES].rows


def test_a_deployed_stack_answers_or_says_why_not(deployment: Deployment) -> None:
    """Against the emulator's CloudFormation, SQS, DynamoDB and CloudWatch, each panel has rows, a reason or nothing."""
    environ = deployment.aws.environment
    names = names_of(Path(DEFAULT_TABLE), environ)
    stack = DeployedStack(STACK, environ, names, deployment.aws.client)
    now = datetime.now(UTC)
    value = {"MetricName": "RecordsIn", "Value": 1234.0, "Timestamp": now - timedelta(seconds=90)}
    dimensions = [{"Name": "service", "Value": "comboio-dispatcher"}]
    deployment.aws.client("cloudwatch").put_metric_data(
        Namespace=f"Comboio/{STACK}", MetricData=[{**value, "Dimensions": dimensions}]
    )
    found = stack.look(now.timestamp())
    panels = {panel.title: panel for panel in found}
    assert len(panels) == len(found), "two panels have one title, and a line of JSON shows one of them"
    assert by_title(found)["Throughput, records a minute"]["RecordsIn"] == 1234.0
    assert set(by_title(list(panels.values()))[NOW]) == {"dead letters", "parked", "held"}
    assert panels[STATES].rows
    assert all(panel.note.endswith(".") for panel in panels.values() if panel.note)


def test_a_stack_that_is_not_there_says_so(deployment: Deployment) -> None:
    """A wrong name is one sentence, in every place."""
    stack = DeployedStack("no-such-stack", deployment.aws.environment, ([], []), deployment.aws.client)
    notes = {panel.note for panel in stack.look(1_795_942_948.0)}
    (note,) = notes
    assert "no-such-stack" in note

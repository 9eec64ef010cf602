"""`topics plan|apply` against Apache Kafka: it creates, grows and configures, and takes nothing away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, ConfigResource  # type: ignore[attr-defined] # exports are not marked

from local.kafka import Kafka

_FILE = """
known = [300]
[strategies."domain+priority"]
default = "topics-a"
rules = [{{ codes = [300], topic = "topics-b" }}]
[topics.topics-a]
partitions = {partitions}
retention_hours = {hours}
min_insync_replicas = 1
[topics.topics-b]
partitions = 1
"""


def _topics(bootstrap: str, file: Path, what: str, timeout: str = "10") -> tuple[int, str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "PRODUCER_TOPICS_FILE": str(file),
        "PRODUCER_CONNECT_TIMEOUT": timeout,
    }
    command = [sys.executable, "-m", "producer", "topics", what]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)  # noqa: S603 - our own program
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def _partitions(client: AdminClient) -> dict[str, int]:
    topics = client.list_topics(timeout=10).topics
    return {name: len(topic.partitions) for name, topic in topics.items() if name.startswith("topics-")}


def _retention(client: AdminClient) -> str:
    resource = ConfigResource(ConfigResource.Type.TOPIC, "topics-a")
    return str(client.describe_configs([resource])[resource].result(10)["retention.ms"].value)


def test_a_cluster_is_made_as_the_file_says(apache: Kafka, tmp_path: Path) -> None:
    """A plan changes nothing, applying does, and afterwards there is nothing to do; nothing ever shrinks."""
    client = AdminClient({"bootstrap.servers": apache.bootstrap})
    file = tmp_path / "topics.toml"
    file.write_text(_FILE.format(partitions=2, hours=1))

    status, said = _topics(apache.bootstrap, file, "plan")
    assert (status, _partitions(client)) == (0, {})
    assert "topics-a: create with 2 partitions" in said
    assert _topics(apache.bootstrap, file, "apply")[0] == 0
    assert _partitions(client) == {"topics-a": 2, "topics-b": 1}
    assert _retention(client) == "3600000"
    assert "as the file says" in _topics(apache.bootstrap, file, "plan")[1]

    file.write_text(_FILE.format(partitions=3, hours=2))
    status, said = _topics(apache.bootstrap, file, "apply")
    assert status == 0
    assert "keys move" in said
    assert (_partitions(client)["topics-a"], _retention(client)) == (3, "7200000")

    file.write_text(_FILE.format(partitions=1, hours=2))
    status, said = _topics(apache.bootstrap, file, "apply")
    assert (status, _partitions(client)["topics-a"]) == (0, 3)
    assert "never shrink" in said


@pytest.mark.parametrize("what", ["plan", "apply"])
def test_an_unreachable_cluster_is_one_message(tmp_path: Path, what: str) -> None:
    """With what to check."""
    file = tmp_path / "topics.toml"
    file.write_text(_FILE.format(partitions=1, hours=1))
    status, said = _topics("127.0.0.1:1", file, what, "1")
    assert status == 3
    assert "KAFKA_BOOTSTRAP_SERVERS" in said
    assert len(said.splitlines()) == 1


def test_a_cluster_without_a_controller_is_one_message(embedded_kafka: Kafka, tmp_path: Path) -> None:
    """The embedded Kafka answers, and cannot say what its topics are like: the message says so, and which Kafka can."""
    embedded_kafka.create_topics({"topics-a": 1, "topics-b": 1})
    file = tmp_path / "topics.toml"
    file.write_text(_FILE.format(partitions=1, hours=1))
    status, said = _topics(embedded_kafka.bootstrap, file, "plan")
    assert status == 3
    assert "KAFKA=apache" in said
    assert "KAFKA_BOOTSTRAP_SERVERS" not in said


def test_a_refused_change_is_one_message(apache: Kafka, tmp_path: Path) -> None:
    """More copies than the cluster has brokers: Kafka's reason, and no traceback."""
    file = tmp_path / "topics.toml"
    text = _FILE.format(partitions=1, hours=1).replace("topics-", "three-")
    file.write_text(text.replace("[topics.three-b]\n", "[topics.three-b]\nreplication = 3\n"))
    status, said = _topics(apache.bootstrap, file, "apply")
    assert status == 3
    assert "replication" in said.lower()

"""Letters go back to their topic, as they were."""

import time
import uuid
from typing import Any

from confluent_kafka import Consumer

from local.kafka import Kafka
from tests.integration.dlq_replayer.deployed_replayer import DeployedReplayer, letter


def test_letters_return_to_their_topic_once(deployed: DeployedReplayer, embedded_kafka: Kafka) -> None:
    """Key, value and headers return as they were with first time and count, and a second replay finds them claimed."""
    topic = f"back-{uuid.uuid4().hex[:8]}"
    embedded_kafka.create_topics({topic: 3})
    letters = [
        letter(offset, topic=topic, key=b"k%d" % (offset % 4), headers=(("h", b"\xff"),)) for offset in range(40)
    ]
    environ = {"KAFKA_BOOTSTRAP_SERVERS": embedded_kafka.bootstrap}
    for _ in range(2):
        deployed.put(*letters)
        answer = deployed.ask(timeout_s=120, environ=environ, action="replay", target="kafka")
        assert deployed.bodies(deployed.dlq) == []
    assert answer["counts"]["duplicate"] == 40
    consumer = Consumer(
        {"bootstrap.servers": embedded_kafka.bootstrap, "group.id": topic, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    found: list[Any] = []
    deadline = time.monotonic() + 30
    while len(found) < 40 and time.monotonic() < deadline:
        found += [message for message in consumer.consume(100, 0.5) if message.error() is None]
    found += [message for message in consumer.consume(10, 0.5) if message.error() is None]
    consumer.close()
    assert sorted((message.key(), message.value()) for message in found) == sorted(
        (each.key, each.value) for each in letters
    )
    times = {each.value: str(each.timestamp).encode() for each in letters}
    for message in found:
        assert message.headers() == [
            ("h", b"\xff"),
            ("original_timestamp", times[message.value()]),
            ("comboio_replay_count", b"1"),
        ]
    for key in {each.key for each in letters}:
        of_key = [message.headers()[1][1] for message in found if message.key() == key]
        assert of_key == sorted(of_key)

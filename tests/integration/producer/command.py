"""The producer as the command that it is, and what Kafka has of it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from confluent_kafka import Consumer, Message, TopicPartition

from comboio.contract.message import decode
from producer.state.ack_journal import Acknowledged, read_journal
from tests.integration.producer.broker import TOPICS

SETTLE_S = 30


@dataclass
class Command:
    """A running `python -m producer`."""

    process: "Popen[str]"
    journal: Path
    stats: Path
    state: Path

    def figures(self) -> dict[str, Any]:
        """Return the latest line of figures, or none yet."""
        lines = self.stats.read_text().splitlines() if self.stats.exists() else []
        latest: dict[str, Any] = json.loads(lines[-1]) if lines else {}
        return latest

    def until(self, met: Callable[[dict[str, Any]], bool]) -> None:
        """Wait until the figures are as wanted."""
        deadline = time.monotonic() + SETTLE_S
        while not (figures := self.figures()) or not met(figures):
            assert self.process.poll() is None, "the producer has ended"
            assert time.monotonic() < deadline, f"never came: {figures}"
            time.sleep(0.05)

    def end(self) -> tuple[int, str]:
        """Wait for the end: exit status and standard error."""
        _, errors = self.process.communicate(timeout=SETTLE_S)
        return self.process.returncode, errors

    def ends(self, status: int) -> None:
        """Wait for the end, which must have this exit status."""
        ended, errors = self.end()
        assert ended == status, f"{errors}\n{self.figures()}"

    def acknowledged(self) -> list[Acknowledged]:
        """Return the journal."""
        return list(read_journal(self.journal))


def read_back(bootstrap: str) -> list[Message]:
    """Everything in Kafka, partition by partition in order."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.partition.eof": False})
    messages: list[Message] = []
    try:
        places = [TopicPartition(name, number) for name, count in TOPICS.items() for number in range(count)]
        ends = {(place.topic, place.partition): consumer.get_watermark_offsets(place, timeout=10) for place in places}
        wanted = sum(high - low for low, high in ends.values())
        consumer.assign([TopicPartition(*place, low) for place, (low, _) in ends.items()])
        deadline = time.monotonic() + SETTLE_S
        while len(messages) < wanted and time.monotonic() < deadline:
            messages += consumer.consume(1000, timeout=0.2)
    finally:
        consumer.close()
    assert len(messages) == wanted
    return messages


def event_id(message: Message) -> str:
    headers = dict(message.headers() or [])
    at_fault = headers.get("event_id")
    return str(at_fault.decode() if isinstance(at_fault, bytes) else decode(message.value())["event_id"])


def sequences_by_key(messages: list[Message]) -> dict[tuple[str, bytes], list[int]]:
    found: dict[tuple[str, bytes], list[int]] = {}
    for message in messages:
        found.setdefault((message.topic() or "", message.key() or b""), []).append(
            json.loads(message.value() or b"{}")["sequence"]
        )
    return found

"""Where the dispatcher sends all: a destination in its own process, which writes down what it is given."""

import json
import os
import time
from pathlib import Path

from comboio.contract.partition_key import by_codigo_truck_id
from comboio.contract.unpack import Message

TABLE = """
version = 1

[destinations.received]
type = "python"
target = "tests.kafka.destination:take"

[default]
to = ["received"]
ordering = "key"
"""
"""The routing table: everything goes there, in order of its key."""

TAKES_S = 0.01
"""Seconds that a call takes: a fault then finds batches in flight."""


def take(messages: list[Message]) -> None:
    """Write a line for each message."""
    lines = []
    for each in messages:
        partition, offset = position(each.id or "")
        key = by_codigo_truck_id(each.message["codigo"], each.message["truck_id"]).decode()
        now_ms = time.time_ns() / 1e6
        lines.append(json.dumps([each.message["event_id"], partition, offset, key, each.message["sequence"], now_ms]))
    with Path(os.environ["HANDLED"]).open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    time.sleep(TAKES_S)


def position(message_id: str) -> tuple[str, int]:
    """Return the partition and the offset in a message's id."""
    partition, _, rest = message_id.partition("/")[2].rpartition(":")
    return partition, int(rest.partition("@")[0])

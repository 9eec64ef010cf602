"""The function that the consumers invoke: it writes down what it was given, and takes a moment."""

import json
import os
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

TAKES_S = 0.01
"""Seconds that a batch takes: a fault then finds batches in flight."""


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Write a line for each record."""
    lines = []
    for partition, records in event["records"].items():
        for record in records:
            value = json.loads(b64decode(record["value"]))
            key = b64decode(record["key"]).decode()
            now_ms = time.time_ns() / 1e6
            lines.append(json.dumps([value["event_id"], partition, record["offset"], key, value["sequence"], now_ms]))
    with Path(os.environ["HANDLED"]).open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    time.sleep(TAKES_S)
    return {}

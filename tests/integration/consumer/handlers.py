"""Functions to invoke. Each appends what it handled to the file HANDLED names, one JSON line a batch."""

import json
import os
import time
from pathlib import Path
from typing import Any

Event = dict[str, Any]
Identity = tuple[str, int]

_failed_once: set[Identity] = set()
_invocations = 0


def _records(event: Event) -> list[Identity]:
    return [(name, body["offset"]) for name, bodies in event["records"].items() for body in bodies]


def _handled(records: list[Identity]) -> None:
    with Path(os.environ["HANDLED"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(records) + "\n")


def _response(failed: list[Identity]) -> dict[str, Any]:
    return {
        "batchItemFailures": [
            {"itemIdentifier": {"partition": partition, "offset": offset}} for partition, offset in failed
        ]
    }


def ok(event: Event, context: Any) -> dict[str, Any]:
    """Handles everything."""
    _handled(_records(event))
    return {}


def slow(event: Event, context: Any) -> dict[str, Any]:
    """Handles everything, at the end of 0.2 s."""
    time.sleep(0.2)
    return ok(event, context)


def flaky(event: Event, context: Any) -> dict[str, Any]:
    """Fails every tenth record the first time."""
    records = _records(event)
    failed = [each for each in records if each[1] % 10 == 3 and each not in _failed_once]
    _failed_once.update(failed)
    _handled([each for each in records if each not in failed])
    return _response(failed)


def raising(event: Event, context: Any) -> dict[str, Any]:
    """Raises at its first and its third invocation."""
    global _invocations
    _invocations += 1
    if _invocations in (1, 3):
        raise RuntimeError("down for now")
    return ok(event, context)


def poison(event: Event, context: Any) -> dict[str, Any]:
    """Never handles offset 5 of any partition."""
    records = _records(event)
    _handled([each for each in records if each[1] != 5])
    return _response([each for each in records if each[1] == 5])

"""Functions to invoke. Each appends what it handled to the file HANDLED names, one JSON line a batch."""

import asyncio
import json
import os
import random
import threading
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
    """Handle everything."""
    _handled(_records(event))
    return {}


def slow(event: Event, context: Any) -> dict[str, Any]:
    """Handle everything, at the end of 0.2 s."""
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
    """Raise at its first and its third invocation."""
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


HANDLED_HERE: dict[str, set[Identity]] = {}
"""What `here` handled, by the function's name."""


def here(event: Event, context: Any) -> None:
    """Note what was handled in this process, where the test is too."""
    HANDLED_HERE.setdefault(context.function_name, set()).update(_records(event))


def cancelled(event: Event, context: Any) -> dict[str, Any]:
    """Raise what is no Exception at each of the first invocations; then handle everything."""
    global _invocations
    _invocations += 1
    if _invocations <= len(NO_EXCEPTIONS):
        raise NO_EXCEPTIONS[_invocations - 1]
    return ok(event, context)


class GeventLike(BaseException):
    """What gevent's Timeout is."""


NO_EXCEPTIONS: list[BaseException] = [
    asyncio.CancelledError(),
    KeyboardInterrupt(),
    GeneratorExit(),
    SystemExit(0),
    GeventLike(),
]


def vandal(event: Event, context: Any) -> dict[str, Any]:
    """Leave a thread, another directory and an emptied event behind, and close standard output; fail once."""
    global _invocations
    _invocations += 1
    records = _records(event)
    threading.Thread(target=time.sleep, args=(3600,)).start()
    os.chdir("/")
    random.seed(0)
    for bodies in event["records"].values():
        bodies.clear()
    event.clear()
    if _invocations == 1:
        os.close(1)
        raise RuntimeError("down for now")
    _handled(records)
    return {}


def hangs(event: Event, context: Any) -> None:
    """Never end."""
    time.sleep(3600)


GARBAGE: list[Any] = [
    "ok",
    7,
    ["t-0:5"],
    {"batchItemFailures": "t-0:5"},
    {"batchItemFailures": ["t-0:5"]},
    {"batchItemFailures": [{"itemIdentifier": "t-0:5"}]},
    {"batchItemFailures": [{"itemIdentifier": {"partition": "nobody-0", "offset": 0}}]},
    {"batchItemFailures": [{"itemIdentifier": {"partition": "t-0", "offset": "0"}}]},
    {"answer": b"bytes"},
]


def garbage(event: Event, context: Any) -> Any:
    """Answer what a mapping cannot read, each time something else, and at last handle everything."""
    global _invocations
    _invocations += 1
    return GARBAGE[_invocations - 1] if _invocations <= len(GARBAGE) else ok(event, context)


def dies(event: Event, context: Any) -> dict[str, Any]:
    """End the process as a fault in native code does, at the second invocation."""
    global _invocations
    _invocations += 1
    if _invocations == 2:
        os.abort()
    return ok(event, context)


def held(event: Event, context: Any) -> dict[str, Any]:
    """Handle everything, once the file beside HANDLED that holds it is gone."""
    hold = Path(f"{os.environ['HANDLED']}.hold")
    while hold.exists():
        time.sleep(0.01)
    return ok(event, context)


def down(event: Event, context: Any) -> None:
    """Raise, always."""
    raise RuntimeError("down")

"""Finds a stack that is already running."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.aws.deployment import STACK, Deployment, described
from local.aws.emulator import Aws
from local.errors import LocalError
from local.tool import ROOT

ENDPOINT_FILE = ROOT / "build" / "local" / "stack.json"
"""Where `make stack` says where it is, while it runs."""

_NONE_RUNS = "No local stack is running. Start one in another terminal: make stack"
"""What is said where none is found."""


DEMO_FILE = ROOT / "build" / "local" / "demo.json"
"""Where `make demo` does: its stack is gone soon, and must not hide the one of `make stack`."""


class Running(NamedTuple):
    """A stack that runs, and where its parts are; empty where it has none, or they are not known."""

    endpoint: str
    """Of AWS."""
    kafka: str = ""
    """The bootstrap servers."""
    group: str = ""
    """The consumers' group."""
    routes: str = ""
    """The file with the routing table."""
    figures: str = ""
    """The folder with what the demo's processes count."""


def announce(stack: Running, path: Path = ENDPOINT_FILE) -> None:
    """Write where this process's stack is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**stack._asdict(), "pid": os.getpid()}) + "\n", encoding="utf-8")


def running(path: Path = ENDPOINT_FILE) -> Running:
    """Return where a stack is that was announced; ask `attach` whether it still runs.

    Raises:
        LocalError: there is none.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Running(**{name: str(fields[name]) for name in Running._fields})
    except (OSError, ValueError, KeyError):
        raise LocalError(_NONE_RUNS) from None


def withdraw(path: Path = ENDPOINT_FILE) -> None:
    """Delete what was announced, unless another stack has written its own since."""
    with suppress(OSError, ValueError, KeyError):
        if json.loads(path.read_text(encoding="utf-8"))["pid"] == os.getpid():
            path.unlink()


def attach(path: Path = ENDPOINT_FILE) -> Deployment:
    """Return the deployment of the stack that `make stack` runs.

    Raises:
        LocalError: there is none.
    """
    try:
        aws = Aws(json.loads(path.read_text(encoding="utf-8"))["endpoint"])
        cloudformation = aws.client("cloudformation", Config(connect_timeout=2, retries={"total_max_attempts": 1}))
        return described(aws, cloudformation, STACK)
    except (OSError, ValueError, KeyError, BotoCoreError, ClientError):
        raise LocalError(_NONE_RUNS) from None

"""Finds a stack that is already running."""

import json
import os
from contextlib import suppress
from pathlib import Path

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.aws.deployment import STACK, Deployment, described
from local.aws.emulator import Aws
from local.errors import LocalError
from local.tool import ROOT

ENDPOINT_FILE = ROOT / "build" / "local" / "stack.json"
"""Where `make stack` writes its endpoint while it runs."""


def announce(endpoint: str, path: Path = ENDPOINT_FILE) -> None:
    """Write the endpoint of this process's stack."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"endpoint": endpoint, "pid": os.getpid()}) + "\n", encoding="utf-8")


def withdraw(path: Path = ENDPOINT_FILE) -> None:
    """Delete the endpoint, unless another stack has written its own since."""
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
        raise LocalError("No local stack is running. Start one in another terminal: make stack") from None

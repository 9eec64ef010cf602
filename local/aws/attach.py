"""Finds a stack that runs already."""

import json
import os
from contextlib import suppress
from pathlib import Path

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.aws.deployment import STACK, Deployment
from local.aws.emulator import Aws
from local.errors import LocalError
from local.tool import ROOT

PLACE = ROOT / "build" / "local" / "stack.json"
"""Where `make stack` says, while it runs, how it is reached."""


def announce(endpoint: str, place: Path = PLACE) -> None:
    """Says how the stack of this process is reached."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({"endpoint": endpoint, "pid": os.getpid()}) + "\n", encoding="utf-8")


def withdraw(place: Path = PLACE) -> None:
    """Takes it back, unless another stack has announced itself since."""
    with suppress(OSError, ValueError, KeyError):
        if json.loads(place.read_text(encoding="utf-8"))["pid"] == os.getpid():
            place.unlink()


def attach(place: Path = PLACE) -> Deployment:
    """The deployment of the stack that `make stack` runs.

    Raises:
        LocalError: none runs.
    """
    try:
        aws = Aws(json.loads(place.read_text(encoding="utf-8"))["endpoint"])
        cloudformation = aws.client("cloudformation", Config(connect_timeout=2, retries={"total_max_attempts": 1}))
        resources = cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
        outputs = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0].get("Outputs", [])
    except (OSError, ValueError, KeyError, BotoCoreError, ClientError):
        raise LocalError("No local stack runs. Start one in another terminal: make stack") from None
    return Deployment(
        aws=aws,
        resources={resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources},
        outputs={output["OutputKey"]: output["OutputValue"] for output in outputs},
    )

"""Asks the replayer, goes on while it stops for time, and shows what came of it."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from rich.console import Console

from local.aws.attach import attach
from local.errors import LocalError
from local.replayer import Local
from ops.replay.arguments import request
from ops.replay.deployed import Deployed
from ops.replay.tables import shown
from ops.stop import stop_for

Ask = Callable[[Mapping[str, Any]], dict[str, Any]]


def main() -> None:
    """The command: exit status 0, or 1 if something was refused or did not go, 2 if nobody could be asked."""
    asked, as_json = request(sys.argv[1:])
    console, progress = Console(), Console(stderr=True)
    try:
        answer = follow(replayer(os.environ), asked, progress)
    except LocalError as error:
        stop_for(error)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing is lost; what the run held is visible again in some minutes.\n")
        raise SystemExit(130) from None
    if as_json:
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    else:
        console.print(shown(answer))
    raise SystemExit(1 if "faults" in answer or "problem" in answer else 0)


def replayer(environ: Mapping[str, str]) -> Ask:
    """The one on AWS if STACK names a stack there, else that of the stack on this machine.

    Raises:
        LocalError: neither is there; the message says what to do.
    """
    if stack := environ.get("STACK"):
        return Deployed(stack).ask
    try:
        deployment = attach()
        os.environ.update(deployment.aws.environment)  # for boto3, which the dispatcher asks for large letters
        return Local(deployment).ask
    except LocalError as error:
        raise LocalError(
            f"{error}\nFor a stack on AWS, name it, and have credentials: "
            'make replay STACK=comboio ARGS="inspect" (AWS_PROFILE, AWS_REGION)'
        ) from None


def follow(ask: Ask, asked: Mapping[str, Any], progress: Console) -> dict[str, Any]:
    """Sends a request and its continuations; returns the last answer, which counts them all."""
    with progress.status(f"{asked['action']}ing") if progress.is_terminal else nullcontext():
        answer = ask(asked)
        while (going_on := answer.get("continuation")) is not None:
            counts = ", ".join(f"{name} {count:,}" for name, count in answer["counts"].items() if count)
            progress.print(f"so far: {counts}; going on", highlight=False)
            answer = ask(going_on)
    return answer

"""Asks the replayer, continues while it stops for want of time, and shows what became of the letters."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from rich.console import Console

from local.aws.attach import attach
from local.errors import LocalError
from local.replayer import LocalReplayer
from ops.replay.arguments import request
from ops.replay.deployed import DeployedReplayer, StackError
from ops.replay.tables import shown
from ops.stop import stop_for

Ask = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Asks a replayer, and returns its answer."""


def main() -> None:
    """Run the command. Its exit status is 1 if the request was refused or failed, 2 if no replayer could be asked."""
    asked, as_json = request(sys.argv[1:])
    console, progress = Console(emoji=False), Console(stderr=True, emoji=False)
    try:
        answer = follow(replayer(os.environ), asked, progress)
    except (LocalError, StackError) as error:
        stop_for(error)
    except KeyboardInterrupt:
        sys.stderr.write(
            "Stopped. No letter is lost; those that the run had received become visible again in some minutes.\n"
        )
        raise SystemExit(130) from None
    if as_json:
        sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    else:
        console.print(shown(answer))
    raise SystemExit(1 if "faults" in answer or "problem" in answer else 0)


def replayer(environ: Mapping[str, str]) -> Ask:
    """Return the replayer of the stack on AWS that STACK names, or else that of the stack on this machine.

    Raises:
        LocalError, StackError: there is none; the message says what to do.
    """
    if stack := environ.get("STACK"):
        return DeployedReplayer(stack).ask
    try:
        deployment = attach()
        os.environ.update(deployment.aws.environment)  # for boto3, which the dispatcher asks for large letters
        return LocalReplayer(deployment).ask
    except LocalError as error:
        raise LocalError(
            f"{error}\nFor a stack on AWS, name the stack, and set up credentials: "
            'make replay STACK=comboio ARGS="inspect" (AWS_PROFILE, AWS_REGION)'
        ) from None


def follow(ask: Ask, asked: Mapping[str, Any], progress: Console) -> dict[str, Any]:
    """Send a request and its continuations; return the last answer, which counts them all."""
    with progress.status(f"{asked['action']}ing") if progress.is_terminal else nullcontext():
        answer = ask(asked)
        while (continuation := answer.get("continuation")) is not None:
            counts = ", ".join(f"{name} {count:,}" for name, count in answer["counts"].items() if count)
            progress.print(f"so far: {counts}; continuing", highlight=False)
            answer = ask(continuation)
    return answer

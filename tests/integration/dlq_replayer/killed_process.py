"""A replayer that is killed at a step: `python -m tests.integration.dlq_replayer.killed_process STEP < JSON`.

The JSON has the environments of both functions.
"""

import json
import os
import signal
import sys
import time
import uuid
from collections.abc import Mapping
from typing import Any

from comboio.aws.credentials import CredentialSource
from comboio.aws.json_api import JsonApi, Service, connect
from comboio.invocation import Invocation
from dlq_replayer import wiring as replayer_wiring
from tests.integration.dlq_replayer.deployed_replayer import Heard, InProcess

STEPS = ("before send", "after send", "before delete")


def die() -> None:
    """As the platform would end it: nothing gets a chance to say goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)


class Dying:
    """A dispatcher around whose first answer the caller is killed."""

    def __init__(self, function: InProcess, step: str) -> None:
        self._function = function
        self._step = step

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        """See Function."""
        if self._step == "before send":
            die()
        answer = self._function.invoke(event)
        if self._step == "after send":
            die()
        return answer

    def start(self, event: bytes) -> None:
        """See Function."""
        self._function.start(event)


class NoDelete(JsonApi):
    """A client that is killed when it comes to delete."""

    def call(self, action: str, request: Mapping[str, Any] | bytes, **limits: Any) -> dict[str, Any]:
        """See JsonApi."""
        if action == "DeleteMessageBatch":
            die()
        return super().call(action, request, **limits)


def main() -> None:
    """Replays, and never comes to its end."""
    given = json.load(sys.stdin)
    step = sys.argv[1]

    def connecting(
        service: Service, environ: Mapping[str, str], credentials: CredentialSource, timeout_s: float
    ) -> JsonApi:
        api = connect(service, environ, credentials, timeout_s)
        if step == "before delete":
            api.__class__ = NoDelete
        return api

    replayer = replayer_wiring.build(
        given["replayer"],
        connect=connecting,
        dispatcher=Dying(InProcess(given["dispatcher"]), step),
        audit=Heard(),
    )
    deadline = time.time_ns() // 1_000_000 + given["timeout_ms"]
    replayer.handle({"action": "replay"}, Invocation(uuid.uuid4().hex, deadline))


if __name__ == "__main__":
    main()

"""The replayer and the dispatcher of a local stack, run in this process: the emulator keeps their environment only."""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from comboio.invocation import Invocation
from dispatcher import wiring as dispatcher_wiring
from dlq_replayer import wiring as replayer_wiring
from dlq_replayer.observe.audit import Audit
from dlq_replayer.replayer import Answer
from dlq_replayer.request.request import Request
from local.aws.deployment import Deployment


class DispatcherInProcess:
    """The dispatcher as a RemoteFunction of the replayer: one invocation at a time, as in an execution environment."""

    def __init__(self, environ: Mapping[str, str], timeout_s: float) -> None:
        self._function = dispatcher_wiring.build(environ)
        self._timeout_s = timeout_s
        self._one_at_a_time = threading.Lock()

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        """See RemoteFunction."""
        with self._one_at_a_time:
            invocation = Invocation(uuid.uuid4().hex, _now() + int(self._timeout_s * 1000))
            return self._function.redispatch.dispatch(json.loads(event), invocation)

    def start(self, event: bytes) -> None:
        """See RemoteFunction; the replayer never starts the dispatcher without waiting."""
        raise NotImplementedError


class NoAudit:
    """An audit for a command whose user sees the answer."""

    def begun(self, request: Request, run: str) -> None:
        """See Audit."""

    def refused(self, faults: list[dict[str, str]]) -> None:
        """See Audit."""

    def ended(self, request: Request, answer: dict[str, Any], before: dict[str, int]) -> None:
        """See Audit."""

    def warn(self, message: str) -> None:
        """See Audit."""


class LocalReplayer:
    """The replayer of a local stack; `changed` are variables of both functions that differ from the stack's."""

    def __init__(
        self, deployment: Deployment, changed: Mapping[str, str] | None = None, audit: Audit | None = None
    ) -> None:
        function, to = deployment.function("DlqReplayerFunction"), deployment.function("DispatcherFunction")
        self._timeout_s = function.timeout_s
        self._replayer = replayer_wiring.build(
            {**function.environment, **(changed or {})},
            dispatcher=DispatcherInProcess({**to.environment, **(changed or {})}, to.timeout_s),
            audit=audit or NoAudit(),
        )

    def ask(self, request: Mapping[str, Any]) -> Answer:
        """Return the answer to a request. It never invokes itself here, but returns a continuation."""
        without = {name: value for name, value in request.items() if name != "self_invoke"}
        return self._replayer.handle(without, Invocation(uuid.uuid4().hex, _now() + self._timeout_s * 1000))


def _now() -> int:
    return time.time_ns() // 1_000_000

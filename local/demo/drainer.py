"""The demo's drainer: the deployed function's code, fed from the hold queue in this process."""

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comboio.invocation import LambdaContext, invocation_of
from dispatcher.drainer_wiring import build_drainer
from local.aws.deployment import Deployment
from local.aws.queue import messages
from local.aws.queue_mapping import QueueMapping, queue_mapping
from local.stack import Stack

EMPTY_WITHIN_S = 90.0
"""Seconds for the hold queue to become empty: all is tried again within a minute of its destination's recovery."""

LOOK_EVERY_S = 0.2
"""Seconds between two looks at the queue."""


def drainer(stack: Stack, routes: Path) -> QueueMapping:
    """Return what feeds the drainer; it runs for the length of a `with` block."""
    environ = {
        **stack.environment("DrainerFunction"),
        "DISPATCHER_ROUTES_FILE": str(routes),
        "LOG_LEVEL": "WARNING",
        "POWERTOOLS_METRICS_DISABLED": "true",
    }
    environments = threading.local()  # as on Lambda, where an execution environment has one invocation at a time

    def handler(event: Mapping[str, Any], context: LambdaContext) -> object:
        if not hasattr(environments, "drainer"):
            environments.drainer = build_drainer(environ)
        return environments.drainer.drain(event, invocation_of(context, time.time_ns() // 1_000_000))

    return queue_mapping(stack.deployment, "DrainerFunction", handler)


def left_in_hold_queue(deployment: Deployment, within_s: float = EMPTY_WITHIN_S) -> int:
    """Wait until the hold queue is empty, for a while; return how many messages are left."""
    deadline = time.monotonic() + within_s
    url = deployment.resource("HoldQueue")
    while held := messages(deployment.aws, url):
        if time.monotonic() > deadline:
            return len(held)
        time.sleep(LOOK_EVERY_S)
    return 0

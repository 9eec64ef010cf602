"""The demo's drainer: the deployed function's code, fed from the hold queue in this process."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from comboio.invocation import LambdaContext, invocation_of
from dispatcher.drainer_wiring import build_drainer
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.reporter import Reporter
from local.aws.deployment import Deployment
from local.aws.queue import messages
from local.aws.queue_mapping import QueueMapping, queue_mapping
from local.demo.faults import BatchCounting
from local.demo.proof.paths import Paths
from local.stack import Stack

_EMPTY_WITHIN_S = 90.0
"""Seconds for the hold queue to become empty: all is tried again within a minute of its destination's recovery."""

LOOK_EVERY_S = 0.2
"""Seconds between two looks at the queue."""


def drainer(stack: Stack, paths: Paths) -> QueueMapping:
    """Return what feeds the drainer; it runs for the length of a `with` block."""
    environ = {
        **stack.environment("DrainerFunction"),
        "DISPATCHER_ROUTES_FILE": str(paths.routes),
        "LOG_LEVEL": "WARNING",
        "POWERTOOLS_METRICS_DISABLED": "true",
    }
    environments = threading.local()  # as on Lambda, where an execution environment has one invocation at a time

    def count(report: DrainReport) -> None:
        gone = {name: report.drained[name] + report.dead[name] for name in {*report.drained, *report.dead}}
        with paths.drained.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": time.time(), "gone": gone}) + "\n")

    def counting(reporter: Reporter) -> Reporter:
        return BatchCounting(reporter, count_drained=count)

    def handler(event: Mapping[str, Any], context: LambdaContext) -> object:
        if not hasattr(environments, "drainer"):
            environments.drainer = build_drainer(environ, wrap_reporter=counting)
        return environments.drainer.drain(event, invocation_of(context, time.time_ns() // 1_000_000))

    return queue_mapping(stack.deployment, "DrainerFunction", handler)


def left_in_hold_queue(
    deployment: Deployment, within_s: float = _EMPTY_WITHIN_S, look: Callable[[], None] = lambda: None
) -> int:
    """Wait until the hold queue is empty, for a while, and `look` meanwhile; return how many messages are left."""
    deadline = time.monotonic() + within_s
    url = deployment.resource("HoldQueue")
    while held := messages(deployment.aws, url):
        if time.monotonic() > deadline:
            return len(held)
        look()
        time.sleep(LOOK_EVERY_S)
    return 0

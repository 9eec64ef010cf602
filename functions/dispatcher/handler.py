"""Lambda's entry: builds the function when it is imported, which Lambda does in its init phase, and passes it events.

Only the runtime, and a consumer that takes Lambda's place, import this module. A benchmark, a test or the local stack
imports `dispatcher.wiring`, which does nothing until it is asked to.
"""

import os
import time
from collections.abc import Mapping
from typing import Any

from comboio.invocation import LambdaContext, invocation_of
from dispatcher import redispatch as replay
from dispatcher.garbage_collection import spare_the_collector
from dispatcher.redispatch import RedispatchAnswer
from dispatcher.response import Response
from dispatcher.wiring import build

FUNCTION = build(os.environ)
"""Built here, so that a wrong environment shows before the first batch, and no batch pays for it."""

spare_the_collector()


def handler(event: Mapping[str, Any], context: LambdaContext) -> Response | RedispatchAnswer:
    """Dispatch a batch of Kafka records and return those to redeliver; or dispatch dead letters again."""
    invocation = invocation_of(context, time.time_ns() // 1_000_000)
    FUNCTION.reporter.invocation(invocation)
    if event.get("eventSource") == replay.SOURCE:
        return FUNCTION.replay.replay(event, invocation)
    return FUNCTION.dispatcher.dispatch(event, invocation)

"""Lambda's entry: builds the function when it is imported, which Lambda does in its init phase, and passes it events.

Only the runtime, and a consumer that takes Lambda's place, import this module. A benchmark, a test or the local stack
imports `dispatcher.wiring`, which does nothing until it is asked to.
"""

import gc

gc.disable()  # until all is built: what imports make stays, and walking it would take 3 to 5% of a cold start

import os
import time
from collections.abc import Mapping
from typing import Any

from comboio.contract.redispatch import RedispatchAnswer, is_redispatch
from comboio.invocation import LambdaContext, invocation_of
from dispatcher.garbage_collection import spare_the_collector
from dispatcher.response import Response
from dispatcher.runtime_parser import parse_events_fast
from dispatcher.wiring import build

FUNCTION = build(os.environ)
"""Built here, so that a wrong environment shows before the first batch, and no batch pays for it."""

spare_the_collector()
parse_events_fast()


def handler(event: Mapping[str, Any], context: LambdaContext) -> Response | RedispatchAnswer:
    """Dispatch a batch of Kafka records and return those to redeliver; or dispatch dead letters again."""
    invocation = invocation_of(context, time.time_ns() // 1_000_000)
    FUNCTION.reporter.invocation(invocation)
    if is_redispatch(event):
        return FUNCTION.redispatch.dispatch(event, invocation)
    return FUNCTION.dispatcher.dispatch(event, invocation)

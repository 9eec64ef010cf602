"""Lambda's entry: builds the replayer when it is imported, which Lambda does in its init phase, and passes it requests.

Only the runtime imports this module. A benchmark, a test or the local stack imports `dlq_replayer.wiring`, which does
nothing until it is asked to.
"""

import os
import time
from collections.abc import Mapping
from typing import Any

from comboio.invocation import LambdaContext, invocation_of
from dlq_replayer.replayer import Answer
from dlq_replayer.wiring import build

_REPLAYER = build(os.environ)
"""Built here, so that a wrong environment shows before the first request."""


def handler(event: Mapping[str, Any], context: LambdaContext) -> Answer:
    """Carry out a request; see docs/replay.md."""
    return _REPLAYER.handle(event, invocation_of(context, time.time_ns() // 1_000_000))

"""Lambda's entry of the drainer: builds it when it is imported, and passes it batches of the hold queue.

The drainer is a function of its own with the dispatcher's code, so that draining takes no time of a partition.
"""

import gc

gc.disable()  # until all is built: what imports make stays, and walking it would take 3 to 5% of a cold start

import os
import time
from collections.abc import Mapping
from typing import Any

from comboio.invocation import LambdaContext, invocation_of
from dispatcher.drainer_wiring import build_drainer
from dispatcher.garbage_collection import spare_the_collector
from dispatcher.response import DrainAnswer

_DRAINER = build_drainer(os.environ)
"""Built here, so that a wrong environment shows before the first batch, and no batch pays for it."""

spare_the_collector()


def handler(event: Mapping[str, Any], context: LambdaContext) -> DrainAnswer:
    """Drain a batch of the hold queue and return the messages that stay in it."""
    return _DRAINER.drain(event, invocation_of(context, time.time_ns() // 1_000_000))

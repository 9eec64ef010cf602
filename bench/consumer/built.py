"""The built dispatcher as an emulator's function, which counts its records; only the runtime client imports this."""

from collections.abc import Mapping
from typing import Any

from bench.consumer.function import COUNTER
from dispatcher.handler import handler


def dispatch(event: Mapping[str, Any], context: Any) -> Any:
    """Dispatch a batch.

    Raises:
        RuntimeError: not all of it was sent, so that the figures would mean nothing.
    """
    answered = handler(event, context)
    if answered != {"batchItemFailures": []}:
        raise RuntimeError(f"the dispatcher answered {answered}")
    COUNTER.count(event)
    return answered

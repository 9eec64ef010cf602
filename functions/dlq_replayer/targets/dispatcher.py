"""The dispatcher, by synchronous invocation: it claims each letter, and goes past its ledger."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dlq_replayer.aws.lambda_function import Function, InvocationError
from dlq_replayer.letter import Held

TRIES = 4

_HEAD = '{"eventSource":"comboio:dead-letters","letters":['


class Dispatcher:
    """See Target. An invocation that fails is not tried again, unless Lambda only asks to slow down.

    One that was carried out though its answer was lost cannot dispatch twice: the letters come again, and are claimed.
    """

    def __init__(self, function: Function, sleep: Callable[[float], None], warn: Callable[[str], None]) -> None:
        self._function = function
        self._sleep = sleep
        self._warn = warn

    def take(self, letters: Sequence[Held]) -> Mapping[str, str]:
        """See Target."""
        event = f"{_HEAD}{','.join(held.envelope for held in letters)}]}}".encode()
        try:
            outcomes = self._invoke(event).get("outcomes")
        except InvocationError as error:
            self._warn(str(error))
            outcomes = None
        if not isinstance(outcomes, dict):
            outcomes = {}
        return {held.dead.id: str(outcomes.get(held.dead.id, "failed")) for held in letters}

    def _invoke(self, event: bytes) -> Mapping[str, Any]:
        wait_s = 0.5
        for _ in range(TRIES - 1):
            try:
                return self._function.invoke(event)
            except InvocationError as error:
                if not error.throttled:
                    raise
            self._sleep(wait_s)
            wait_s *= 2
        return self._function.invoke(event)

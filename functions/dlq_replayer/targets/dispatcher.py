"""The dispatcher, by synchronous invocation: it claims each letter, and goes past its ledger."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from comboio.contract.redispatch import RedispatchOutcome, event_text, outcomes_of
from dlq_replayer.aws.lambda_function import InvocationError, RemoteFunction
from dlq_replayer.letter import Held

TRIES = 4


class Dispatcher:
    """See Target. An invocation that fails is not tried again, unless Lambda only asks to slow down.

    One that was carried out though its answer was lost cannot dispatch twice: the letters come again, and are claimed.
    """

    def __init__(self, function: RemoteFunction, sleep: Callable[[float], None], warn: Callable[[str], None]) -> None:
        self._function = function
        self._sleep = sleep
        self._warn = warn

    def take(self, letters: Sequence[Held]) -> Mapping[str, RedispatchOutcome]:
        """See Target."""
        event = event_text(held.envelope for held in letters).encode()
        answer: Mapping[str, Any] = {}
        try:
            answer = self._invoke(event)
        except InvocationError as error:
            self._warn(str(error))
        if foreign := answer.get("foreign"):
            self._warn(f"The dispatcher does not take these for dead letters; is it older than the replayer? {foreign}")
        return outcomes_of(answer, [held.dead.id for held in letters])

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

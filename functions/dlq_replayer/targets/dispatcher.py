"""The dispatcher, by synchronous invocation: it claims each letter, and bypasses its ledger."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from comboio.contract.redispatch import RedispatchOutcome, event_text, outcomes_of
from dlq_replayer.aws.lambda_function import InvocationError, RemoteFunction
from dlq_replayer.letter import ReceivedLetter

_MOST_WORKERS = 64
"""As many as REPLAYER_WORKERS can be: Lambda takes them side by side."""

TRIES = 4
"""Of an invocation that Lambda throttles."""


class DispatcherTarget:
    """See Target. An invocation that failed is not repeated, unless Lambda only throttled it.

    One that was carried out although its answer was lost cannot dispatch twice: its letters are found claimed.
    """

    workers = _MOST_WORKERS

    def __init__(
        self, function: RemoteFunction, longest_ms: int, sleep: Callable[[float], None], warn: Callable[[str], None]
    ) -> None:
        self.longest_ms = longest_ms
        self._function = function
        self._sleep = sleep
        self._warn = warn

    def take(self, letters: Sequence[ReceivedLetter]) -> Mapping[str, RedispatchOutcome]:
        """See Target."""
        event = event_text(received.envelope for received in letters).encode()
        answer: Mapping[str, Any] = {}
        try:
            answer = self._invoke(event)
        except InvocationError as error:
            self._warn(str(error))
        if foreign := answer.get("foreign"):
            self._warn(f"The dispatcher does not take these for dead letters; is it older than the replayer? {foreign}")
        return outcomes_of(answer, [received.dead.id for received in letters])

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

"""The hold queue as its drainer sees it."""

from collections.abc import Callable, Sequence
from math import ceil
from time import monotonic
from typing import Protocol

from comboio.aws.json_api import AwsError, JsonApi
from comboio.aws.sqs import MAX_ENTRIES, QueueCalls, message_text
from comboio.contract.hold import ALONE, HoldMessage
from dispatcher.send.hold_queue import hold_entry

_LONGEST_VISIBILITY_S = 43_200
"""SQS developer guide, "Visibility timeout": 12 hours."""


class HoldSource(Protocol):
    """What a drainer asks of the hold queue. Nothing raises: the answer tells what failed."""

    def retry_after(self, receipts: Sequence[str], seconds: float, *, within_s: float) -> bool:
        """Let messages of an order group be delivered again after some seconds.

        Return whether all will be; else they come at their visibility timeout.
        """
        ...

    def put_aside(self, message: HoldMessage, *, within_s: float) -> bool:
        """Write a message into an order group of its own; return whether it is kept."""
        ...

    def set_aside(self, body: str, *, within_s: float) -> bool:
        """Put a body that is no hold message into the DLQ; return whether it is kept."""
        ...


class SqsHoldSource:
    """See HoldSource."""

    def __init__(
        self, queue_url: str, dead_letter_queue_url: str, api: JsonApi, clock: Callable[[], float] = monotonic
    ) -> None:
        self._hold = QueueCalls(queue_url, api)
        self._dead_letters = QueueCalls(dead_letter_queue_url, api)
        self._clock = clock

    def retry_after(self, receipts: Sequence[str], seconds: float, *, within_s: float) -> bool:
        """See HoldSource. SQS counts in whole seconds."""
        in_s = min(max(ceil(seconds), 0), _LONGEST_VISIBILITY_S)
        end = self._clock() + within_s
        for start in range(0, len(receipts), MAX_ENTRIES):
            try:
                failures = self._hold.make_visible(receipts[start : start + MAX_ENTRIES], in_s, until=end)
            except AwsError:
                return False
            if any(failures):
                return False
        return True

    def put_aside(self, message: HoldMessage, *, within_s: float) -> bool:
        """See HoldSource."""
        alone = (
            ALONE + message.token
        )  # also where it repeats a whole message, and the queue tells those by their tokens
        return self._send(self._hold, hold_entry(message.to_body(), alone, alone), within_s)

    def set_aside(self, body: str, *, within_s: float) -> bool:
        """See HoldSource."""
        return self._send(self._dead_letters, message_text(body, ()), within_s)

    def _send(self, queue: QueueCalls, entry: str, within_s: float) -> bool:
        try:
            return queue.send([entry], until=self._clock() + within_s) == [None]
        except AwsError:
            return False

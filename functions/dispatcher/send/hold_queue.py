"""The hold queue: an SQS FIFO queue for what a destination does not take now."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from json.encoder import encode_basestring_ascii as quoted
from time import monotonic
from typing import Protocol

from comboio.aws.json_api import AwsError, JsonApi
from comboio.aws.sqs import MAX_BYTES, QueueCalls, batches
from comboio.contract.hold import HoldMessage, groups_of

Written = tuple[HoldMessage, str]
"""A message, and its body."""


class HoldQueue(Protocol):
    """Where diverted messages are kept."""

    def write(self, messages: Sequence[HoldMessage], *, within_s: float) -> list[bool]:
        """Write messages; return for each whether it is kept.

        Of an order group none is written behind one that could not be.
        """
        ...


class SqsHoldQueue:
    """See HoldQueue. A message's token is its deduplication id: a write that is repeated within 5 minutes is one."""

    def __init__(self, queue_url: str, api: JsonApi, pool: Executor, clock: Callable[[], float] = monotonic) -> None:
        self._calls = QueueCalls(queue_url, api)
        self._pool = pool
        self._clock = clock

    def write(self, messages: Sequence[HoldMessage], *, within_s: float) -> list[bool]:
        """See HoldQueue. The groups go side by side, the messages of a group one after the other."""
        end = self._clock() + within_s
        kept: set[int] = set()
        groups = list(groups_of(messages).values())
        while groups:
            bodies = [(group[0], group[0].to_body()) for group in groups]
            calls = batches(((message, body), len(body)) for message, body in bodies if len(body) <= MAX_BYTES)
            for written in self._pool.map(lambda call: self._send(call, end), calls):
                kept.update(map(id, written))
            groups = [group[1:] for group in groups if id(group[0]) in kept and len(group) > 1]
        return [id(message) in kept for message in messages]

    def _send(self, call: Sequence[Written], end: float) -> list[HoldMessage]:
        entries = [hold_entry(body, message.group, message.token) for message, body in call]
        try:
            failures = self._calls.send(entries, until=end)
        except AwsError:
            return []
        return [message for (message, _), failure in zip(call, failures, strict=True) if failure is None]


def hold_entry(body: str, group: str, once: str) -> str:
    """Return a message as an entry of QueueCalls.send; `once` is what the queue tells a repeated write by."""
    return f'"MessageBody":{quoted(body)},"MessageGroupId":{quoted(group)},"MessageDeduplicationId":{quoted(once)}'

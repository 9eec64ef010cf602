"""A queue of letters through the lean client: several batch calls side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from math import inf
from time import monotonic
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.aws.sqs import MAX_ENTRIES, EntryFailure, QueueCalls, batches, received


class QueueClient:
    """One queue; `pool` makes its calls at the same time."""

    def __init__(self, url: str, api: JsonApi, pool: Executor) -> None:
        self.url = url
        self._api = api
        self._pool = pool
        self._calls = QueueCalls(url, api)

    def receive(self, calls: int, visibility_s: int, wait_s: int) -> list[list[dict[str, Any]]]:
        """Return the messages of some calls at a time, as SQS writes them; others do not see them for `visibility_s`.

        Raises:
            AwsError: no call was answered. What one of several calls received is returned though another failed.
        """
        request = {
            "QueueUrl": self.url,
            "MaxNumberOfMessages": MAX_ENTRIES,
            "VisibilityTimeout": visibility_s,
            "WaitTimeSeconds": wait_s,
            "MessageSystemAttributeNames": ["SentTimestamp"],
            "MessageAttributeNames": ["All"],
        }
        failures: list[AwsError] = []

        def once(_: int) -> list[dict[str, Any]]:
            try:
                return received(self._api.call("ReceiveMessage", request))
            except AwsError as error:
                failures.append(error)
                return []

        pages = list(self._pool.map(once, range(calls)))
        if failures and not any(pages):
            raise failures[0]
        return pages

    def delete(self, handles: Sequence[str], within_s: float = inf) -> list[bool]:
        """Delete messages; say of each whether it is gone."""
        call = partial(self._calls.delete, until=_until(within_s))
        return self._each(call, [(handle, 0) for handle in handles])

    def make_visible(self, handles: Sequence[str], within_s: float = inf) -> list[bool]:
        """Make messages visible to every receiver again, now."""
        call = partial(self._calls.make_visible, until=_until(within_s))
        return self._each(call, [(handle, 0) for handle in handles])

    def send(self, messages: Sequence[tuple[str, int]]) -> list[bool]:
        """Send messages (see `message_text`), given with their sizes in bytes; say of each whether the queue has it."""
        return self._each(self._calls.send, messages)

    def depth(self) -> int | None:
        """Return about how many messages there are, those in flight too; None if SQS does not say."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        try:
            answer = self._api.call("GetQueueAttributes", {"QueueUrl": self.url, "AttributeNames": names})
            return sum(int(answer["Attributes"][name]) for name in names)
        except (AwsError, LookupError, TypeError, ValueError, OverflowError):
            return None

    def _each(
        self, call: Callable[[Sequence[str]], list[EntryFailure | None]], entries: Sequence[tuple[str, int]]
    ) -> list[bool]:
        def once(batch: Sequence[str]) -> list[bool]:
            try:
                return [failure is None for failure in call(batch)]
            except AwsError:
                return [False] * len(batch)

        return [done for batch in self._pool.map(once, list(batches(entries))) for done in batch]


def _until(within_s: float) -> float | None:
    return None if within_s == inf else monotonic() + within_s

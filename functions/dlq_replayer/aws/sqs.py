"""A queue, through the lean client: batches of ten side by side."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi

MAX_ENTRIES = 10
MAX_BYTES = 1_048_576
"""Of a message, and of a batch call in total (Amazon SQS quotas)."""

Entry = dict[str, Any]


class Queue:
    """One queue; `pool` makes its calls at the same time."""

    def __init__(self, url: str, api: JsonApi, pool: Executor) -> None:
        self.url = url
        self._api = api
        self._pool = pool

    def receive(self, calls: int, visibility_s: int, wait_s: int) -> list[list[dict[str, Any]]]:
        """The messages of so many calls at a time, as SQS writes them; they are nobody else's for `visibility_s`.

        Raises:
            AwsError: no call was answered; what one of several got when another failed is never let go.
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
                return list(self._api.call("ReceiveMessage", request).get("Messages") or ())
            except AwsError as error:
                failures.append(error)
                return []

        pages = list(self._pool.map(once, range(calls)))
        if failures and not any(pages):
            raise failures[0]
        return pages

    def delete(self, handles: Sequence[str]) -> list[bool]:
        """Deletes; says of each whether it is gone."""
        return self._each("DeleteMessageBatch", [({"ReceiptHandle": handle}, 0) for handle in handles])

    def show(self, handles: Sequence[str]) -> list[bool]:
        """Makes messages visible to everybody again, now."""
        return self._each(
            "ChangeMessageVisibilityBatch",
            [({"ReceiptHandle": handle, "VisibilityTimeout": 0}, 0) for handle in handles],
        )

    def send(self, messages: Sequence[tuple[Entry, int]]) -> list[bool]:
        """Sends messages, given with their sizes in bytes; says of each whether the queue has it."""
        return self._each("SendMessageBatch", messages)

    def depth(self) -> int | None:
        """Messages in it, about, those in somebody's hands too; None if it does not say."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        try:
            answer = self._api.call("GetQueueAttributes", {"QueueUrl": self.url, "AttributeNames": names})
            return sum(int(answer["Attributes"][name]) for name in names)
        except (AwsError, KeyError, ValueError):
            return None

    def _each(self, action: str, entries: Sequence[tuple[Entry, int]]) -> list[bool]:
        done = self._pool.map(self._batch(action), list(_batches(entries)))
        return [each for batch in done for each in batch]

    def _batch(self, action: str) -> Callable[[Sequence[Entry]], list[bool]]:
        def call(entries: Sequence[Entry]) -> list[bool]:
            named = [{"Id": str(index), **entry} for index, entry in enumerate(entries)]
            try:
                answer = self._api.call(action, {"QueueUrl": self.url, "Entries": named})
            except AwsError:
                return [False] * len(entries)
            done = {success["Id"] for success in answer.get("Successful") or ()}
            return [str(index) in done for index in range(len(entries))]

        return call


def _batches(entries: Sequence[tuple[Entry, int]]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    total = 0
    for entry, size in entries:
        if batch and (len(batch) == MAX_ENTRIES or total + size > MAX_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(entry)
        total += size
    if batch:
        yield batch

"""Reads the queues of a stack as a receiver does, by SQS's own API, and keeps what it read."""

from concurrent.futures import ThreadPoolExecutor

from local.aws.emulator import Aws
from local.aws.queue import QueuedMessage
from local.errors import LocalError

_READERS = 8
"""Threads for each queue."""


class Received:
    """Takes all messages of queues, and remembers them by queue and message id."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._sqs = aws.client("sqs")
        self._by_queue: dict[str, dict[str, QueuedMessage]] = {}

    def take(self, queue_url: str) -> int:
        """Take what a queue has now; return how many messages were new."""
        held = self._by_queue.setdefault(queue_url, {})
        before = len(held)
        with ThreadPoolExecutor(_READERS) as pool:
            for taken in pool.map(lambda _: self._until_empty(queue_url), range(_READERS)):
                held.update(taken)
        return len(held) - before

    def messages(self, aws: Aws, queue_url: str) -> list[QueuedMessage]:
        """Return what was taken of a queue, and what is in it now: for `arrivals` and `letters`."""
        if aws is not self._aws:
            raise LocalError(f"{queue_url} is a queue of another account.")
        self.take(queue_url)
        return list(self._by_queue[queue_url].values())

    def _until_empty(self, queue_url: str) -> dict[str, QueuedMessage]:
        found: dict[str, QueuedMessage] = {}
        while batch := self._sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["SentTimestamp", "MessageGroupId"],
        ).get("Messages"):
            for each in batch:
                of_the_system = each.get("Attributes", {})
                found[each["MessageId"]] = QueuedMessage(
                    each["MessageId"],
                    each["Body"],
                    {},
                    of_the_system.get("MessageGroupId"),
                    None,
                    int(of_the_system.get("SentTimestamp", 0)),
                )
            self._sqs.delete_message_batch(
                QueueUrl=queue_url,
                Entries=[{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(batch)],
            )
        return found

"""Reads a whole queue at once."""

import json
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.aws.emulator import Aws


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message as the queue holds it; `group_id` and `deduplication_id` are None in a standard queue.

    `sent_ms` is when the queue took it, milliseconds since 1970.
    """

    id: str
    body: str
    attributes: Mapping[str, Any]
    group_id: str | None
    deduplication_id: str | None
    sent_ms: int


def messages(aws: Aws, queue_url: str) -> list[QueuedMessage]:
    """Return every message of a queue in order, received or not, and change nothing.

    This is the emulator's own API: 20,000 messages in 0.3 s. Receiving and deleting them with the SQS API takes
    minutes, because each call of the emulator takes time in proportion to the length of the queue.
    """
    query = urllib.parse.urlencode({"QueueUrl": queue_url})
    with urllib.request.urlopen(f"{aws.endpoint}/_ministack/sqs/messages?{query}", timeout=60) as answer:  # noqa: S310
        accounts = json.load(answer)["messages"]
    return [
        QueuedMessage(
            id=held["MessageId"],
            body=held["Body"],
            attributes=held["MessageAttributes"],
            group_id=held["MessageGroupId"],
            deduplication_id=held["MessageDeduplicationId"],
            sent_ms=int(held["Attributes"].get("SentTimestamp", held["SentTimestamp"] * 1000)),
        )
        for regions in accounts.values()
        for queues in regions.values()
        for queue in queues.values()
        for held in queue
    ]

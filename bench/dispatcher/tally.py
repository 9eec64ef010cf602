"""Counts the calls of a run, what DynamoDB writes for them, and what SQS charges for."""

from dataclasses import dataclass

CHUNK_BYTES = 65_536
"""SQS charges each 64 KB of a call's payload as one request (Amazon SQS pricing)."""

WRITES = {"PutItem": 1, "UpdateItem": 1, "DeleteItem": 1}
"""Write units of one action, where its item is under 1 KB: all are, but for those that many claims share."""

_MARK = b"=if_not_exists("
MARK_BYTES = 14
ITEM_BYTES = 60
"""What an item of claims comes to: so much for each, and at most so much beside (docs/adr/0046)."""

_EVENT_ID = b'\\"event_id\\":'
"""Stands once in each payload, and its quotes are escaped in a body: so many records are in a request."""


@dataclass(frozen=True, slots=True)
class Counts:
    """`sent` are records, `sqs_messages` what carries them: in packs there are fewer."""

    calls: int = 0
    dynamodb_writes: int = 0
    sqs_messages: int = 0
    sqs_requests: int = 0
    sent: int = 0


class Tally:
    """Keeps the requests, for any number of threads, and counts them when all is over: counting costs nobody time."""

    def __init__(self) -> None:
        self._requests: list[tuple[str, bytes]] = []

    def add(self, action: str, body: bytes) -> None:
        """Note one request."""
        self._requests.append((action, body))

    def counts(self) -> Counts:
        """Count the noted requests, and forget them."""
        requests, self._requests = self._requests, []
        to_sqs = [body for action, body in requests if action.startswith("SendMessage")]
        return Counts(
            calls=len(requests),
            dynamodb_writes=sum(_writes(action, body) for action, body in requests),
            sqs_messages=sum(body.count(b'"MessageBody":') for body in to_sqs),
            sqs_requests=sum(_chunks(body) for body in to_sqs),
            sent=sum(body.count(_EVENT_ID) for body in to_sqs),
        )


def _writes(action: str, body: bytes) -> int:
    if (
        action == "TransactWriteItems"
    ):  # prepared and committed: each item twice (DynamoDB, "Read and write operations")
        return 2 * (body.count(b'"Put":') + body.count(b'"Update":'))
    if action == "UpdateItem" and _MARK in body:
        return -(-(ITEM_BYTES + MARK_BYTES * (body.count(_MARK) - 1)) // 1024)  # the other one is the item's time
    return WRITES.get(action, 0)


def _chunks(body: bytes) -> int:
    """Count a little too many rather than too few: the names of the JSON's fields are counted as payload."""
    return -(-(len(body) - body.count(b'\\"')) // CHUNK_BYTES)

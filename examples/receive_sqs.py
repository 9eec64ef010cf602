"""Receive what Comboio sends to an SQS queue: as a Lambda function (`handler`), or in a loop of one's own (`receive`).

Copy comboio/contract/unpack.py beside this file to run it where Comboio is not installed.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from comboio.contract.unpack import Message, UnreadableError, read

Handle = Callable[[Message], None]
"""What to do with a message; raises when it could not."""


def show(message: Message) -> None:
    """Print the id and the code of a message: replace this with what you do."""
    sys.stdout.write(f"{message.id} {message.message.get('codigo')}\n")


class Once:
    """Calls `handle` once for each id, as a redelivered message has the id that it had before.

    Ids are remembered in memory here. To remember them across processes, put them into your database, in the
    transaction that has the message's effect.
    """

    def __init__(self, handle: Handle, most: int = 100_000) -> None:
        self._handle = handle
        self._most = most
        self._done: dict[str, None] = {}

    def __call__(self, messages: Iterable[Message]) -> None:
        """Handle the messages in order; raise where one fails: those before it are not handled again."""
        for message in messages:
            if message.id is not None and message.id in self._done:
                continue
            self._handle(message)
            if message.id is not None:
                self._done[message.id] = None
                if len(self._done) > self._most:
                    del self._done[next(iter(self._done))]


ONCE = Once(show)


def handler(event: dict[str, Any], _: object, once: Once = ONCE) -> dict[str, Any]:
    """Handle a Lambda event of SQS; give its mapping `FunctionResponseTypes: [ReportBatchItemFailures]`.

    One SQS message may be a pack of many. If one of them fails, SQS redelivers the whole pack, and `Once` skips the
    part that is done.
    """
    failures = []
    for record in event["Records"]:
        try:
            once(read(record["body"], record.get("messageAttributes")))
        except (
            UnreadableError
        ) as error:  # no receiver of this version can read it: let the queue's redrive policy have it
            sys.stderr.write(f"{record['messageId']}: {error}\n")
            failures.append({"itemIdentifier": record["messageId"]})
        except Exception as error:
            sys.stderr.write(f"{record['messageId']}: {type(error).__name__}\n")
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def receive(sqs: Any, queue_url: str, once: Once, wait_s: int = 20) -> int:
    """Receive up to ten SQS messages through a boto3 client, handle them, and delete those that are done.

    Returns how many SQS messages came. What fails is not deleted, and comes again after the visibility timeout.
    """
    answer = sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_s, MessageAttributeNames=["All"]
    )
    received = answer.get("Messages", [])
    for each in received:
        try:
            once(read(each["Body"], each.get("MessageAttributes")))
        except Exception as error:
            sys.stderr.write(f"{each['MessageId']}: {type(error).__name__}\n")
        else:
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=each["ReceiptHandle"])
    return len(received)


if __name__ == "__main__":
    import boto3

    if len(sys.argv) != 2:
        sys.exit("Name the queue: python receive_sqs.py https://sqs.<region>.amazonaws.com/<account>/<name>")
    client = boto3.client("sqs")
    while receive(client, sys.argv[1], ONCE, wait_s=2):
        pass

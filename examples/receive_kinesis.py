"""Receive what Comboio sends to a Kinesis stream, as a Lambda function.

Give the event source mapping `FunctionResponseTypes: [ReportBatchItemFailures]`. Comboio puts a key's messages into one
shard, in order.

Copy comboio/contract/unpack.py beside this file to run it where Comboio is not installed.
"""

import base64
import sys
from collections.abc import Callable
from typing import Any

from comboio.contract.unpack import Message, read

Handle = Callable[[Message], None]
"""What to do with a message; raises when it could not."""


def show(message: Message) -> None:
    """Print the id and the code of a message: replace this with what you do."""
    sys.stdout.write(f"{message.id} {message.message.get('codigo')}\n")


def handler(event: dict[str, Any], _: object, handle: Handle = show) -> dict[str, Any]:
    """Handle a Lambda event of Kinesis, and answer where to resume.

    Lambda redelivers the shard from the first sequence number that is reported, so nothing after it is handled now and
    order is kept. The record that failed may be a pack whose first messages were handled; tell them by `message.id`.
    """
    for record in event["Records"]:
        try:
            for message in read(base64.b64decode(record["kinesis"]["data"])):
                handle(message)
        except Exception as error:
            number = record["kinesis"]["sequenceNumber"]
            sys.stderr.write(f"{number}: {type(error).__name__}\n")
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}

"""What can be thrown in from outside: a destination that is denied for a while."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.aws.deployment import Deployment

_DENIED = "EventsQueue"
"""The destination, by its name in the template."""

DENIED_FOR_S = 75.0
"""Seconds: SQS may take 60 until every call sees a changed policy (SQS, "SetQueueAttributes"), and a circuit some to
open, so that messages are diverted. A short run denies for half of its time."""


@contextmanager
def denied(deployment: Deployment) -> Iterator[None]:
    """Deny everybody to send to the destination for the length of the block, and then restore its policy."""
    sqs, url = deployment.aws.client("sqs"), deployment.resource(_DENIED)
    names = ["Policy", "QueueArn"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    policy = json.loads(before["Policy"]) if before.get("Policy") else {"Version": "2012-10-17", "Statement": []}
    denial = {
        "Sid": "ComboioCheck",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": before["QueueArn"],
    }
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({**policy, "Statement": [*policy["Statement"], denial]})}
    )
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": before.get("Policy", "")})


def wait(seconds: float, look: Callable[[], None]) -> None:
    """Wait, and look meanwhile whether all goes on."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        look()
        time.sleep(0.2)

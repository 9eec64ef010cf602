"""Deletes a stack and waits for its end."""

import time
from typing import Any

from botocore.exceptions import ClientError

from local.errors import LocalError

_DELETED_WITHIN_S = 60.0
"""Seconds for a delete in the emulator, which takes about five."""

_LOOK_EVERY_S = 0.2
"""Seconds between two looks at the stack."""

_IN_VAIN = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "AccessDenied", "AccessDeniedException"),
        *("InvalidClientTokenId", "UnrecognizedClientException"),
    }
)
"""What AWS says to credentials that are over, or not allowed to look: to ask again is in vain."""


def delete_stack(
    cloudformation: Any, stack: str, within_s: float = _DELETED_WITHIN_S, look_every_s: float = _LOOK_EVERY_S
) -> None:
    """Delete a stack; what its template retains stays.

    Raises:
        LocalError: a resource was not deleted.
    """
    stack_id = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=stack)
    deadline = time.monotonic() + within_s
    while (status := _status(cloudformation, stack_id)) != "DELETE_COMPLETE":
        if status == "DELETE_FAILED" or time.monotonic() > deadline:
            events = cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
            failed = [
                f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
                for event in events
                if event["ResourceStatus"] == "DELETE_FAILED"
            ]
            raise LocalError("\n".join([f"The stack {stack} was not deleted ({status}):", *failed]))
        time.sleep(look_every_s)


def _status(cloudformation: Any, stack_id: str) -> str:
    """Return the status; a stack that is no longer there is deleted, and one that AWS does not tell of just now not."""
    try:
        status: str = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if (code := error.response["Error"]["Code"]) in _IN_VAIN:
            raise
        return "DELETE_COMPLETE" if code == "ValidationError" else "unknown"
    return status

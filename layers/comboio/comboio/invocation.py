"""One invocation of a Lambda function, and what Lambda tells of it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Invocation:
    """One Lambda invocation: its request id, which owns its leases and claims, and its deadline (epoch ms)."""

    owner: str
    deadline: int


class LambdaContext(Protocol):
    """The part of Lambda's context object that is used."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until this invocation is stopped."""
        ...


def invocation_of(context: LambdaContext, now: int) -> Invocation:
    """The invocation that a context describes, at `now` (epoch ms)."""
    return Invocation(context.aws_request_id, now + context.get_remaining_time_in_millis())

"""One invocation of a Lambda function, and the part of Lambda's context that describes it."""

from typing import Protocol

from msgspec import Struct

LONGEST_HOLD_MS = 960_000
"""Lambda's 15 minutes, and one by which clocks may differ. A lease or a claim that ends later than that from now was
taken by a clock that was wrong: nobody waits for its end."""


class Invocation(Struct, frozen=True):
    """One Lambda invocation."""

    owner: str
    """Its request id, which owns its leases and claims."""
    deadline: int
    """When Lambda stops it (epoch ms)."""


class LambdaContext(Protocol):
    """The part of Lambda's context object that Comboio uses."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda stops this invocation."""
        ...


def invocation_of(context: LambdaContext, now: int) -> Invocation:
    """Return the invocation that a context describes, at `now` (epoch ms)."""
    return Invocation(context.aws_request_id, now + context.get_remaining_time_in_millis())

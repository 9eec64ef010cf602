"""Claims by name: whoever takes one first has it, for a while or for good.

A message of a route with `idempotency = "event"` claims its `event_id` for good, before it is sent; its owner is the
record's position, so a redelivery of the same record still holds its own claim, and another record with the same
`event_id` does not. A replayed dead letter claims its id for as long as the invocation may run, and for good once it is
dispatched.
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, Protocol

FOREVER = 2**53
"""The end of a claim for good, in ms since 1970; it is forgotten all the same when its item expires."""


class Claim(NamedTuple):
    """A name, and who wants it."""

    name: str
    owner: str
    item: str = ""
    """The item that it shares with other claims, always the same for a name; empty: it has one of its own."""


class ClaimResult(Enum):
    """What became of asking for a claim."""

    OURS = "ours"
    BUSY = "busy"
    """Somebody else has it for the moment."""
    TAKEN = "taken"
    """Somebody else has it for good."""
    UNKNOWN = "unknown"
    """The store could not be asked."""


class Claims(Protocol):
    """Where claims are kept."""

    def take(self, claims: Sequence[Claim], now: int, until: int, *, within_s: float = 10.0) -> list[ClaimResult]:
        """Take each that is free, or its owner's already, or over at `now`; until `until` (ms) or FOREVER."""
        ...

    def owned(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> list[ClaimResult]:
        """Look, without taking anything, at claims for good: OURS is one that its owner has already, else it is TAKEN.

        The same name may be asked about for several owners.
        """
        ...

    def keep(self, claims: Sequence[Claim], now: int, *, within_s: float = 10.0) -> list[bool]:
        """Make claims last for good; False for one that is not its owner's any more, or could not be written."""
        ...

    def free(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> None:
        """Give up claims; one that is not its owner's stays as it is."""
        ...

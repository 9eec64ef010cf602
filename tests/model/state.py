"""The states of the protocol that the model checks: plain values, equal where the protocol cannot tell them apart."""

from typing import Any, NamedTuple

Place = tuple[int, ...]
"""Offsets, in order."""


class Frozen:
    """A value of the product that cannot be hashed, and is told by how it is written."""

    __slots__ = ("text", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.text = repr(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frozen) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return self.text


class Invocation(NamedTuple):
    """A dispatcher at work on a batch. What it holds follows from these, so a step computes it again."""

    batch: Place
    phase: str = "new"
    """new, claimed, looked, sent, diverted: the last step that it has made."""
    claimed: Frozen | None = None
    """The ledger that came with its lease."""
    looked: Frozen | None = None
    """The ledger without the markers of what it saw drained."""
    behind: str = ""
    """The token of the message behind which what keeps order must go; empty where it may go straight."""
    failed: int | None = None
    """The offset that its destination did not take."""
    diverted: bool = False
    """Whether the hold queue took what the destination did not."""
    zombie: bool = False
    """Whether it was given up: its lease has ended, nobody heeds its answer, and it goes on."""
    late: bool = False
    """Whether so much time has passed that what is unfinished is abandoned."""


class Drainer(NamedTuple):
    """A drainer at work on the first message of the hold queue."""

    message: int
    """Its place among all that were ever in the queue."""
    phase: str = "received"
    """received, read, sent, written."""
    progress: Frozen | None = None
    """How far the group is, as it was read, and then as it is to be written."""
    complete: bool = False
    zombie: bool = False


class Held(NamedTuple):
    """A message of the hold queue."""

    offsets: Place
    after: str = ""
    """The token of the message that its writer knew of."""


class Item(NamedTuple):
    """The partition's item in the ledger's table."""

    owner: int | None = None
    """The slot of the invocation that has or last had the lease; None where that has ended."""
    live: bool = False
    """Whether the lease has not ended."""
    attributes: Frozen | None = None
    notes: frozenset[str] = frozenset()


class State(NamedTuple):
    """All of it."""

    fresh: Place
    """Offsets that were never delivered."""
    pending: frozenset[int] = frozenset()
    """Offsets to be delivered again."""
    owed: Place = ()
    """A batch whose invocation ended without an answer: where order holds, the partition waits for it."""
    answered: frozenset[int] = frozenset()
    """Offsets that a function's answer called done."""
    item: Item = Item()
    invocations: tuple[Invocation | None, ...] = (None, None)
    queue: tuple[tuple[int, Held], ...] = ()
    """The hold queue: each message's place among all there ever were, and what it holds."""
    written: int = 0
    """Messages that were ever in the hold queue."""
    tokens: frozenset[str] = frozenset()
    """Their tokens, by which the queue tells a repeated write."""
    progress: Frozen | None = None
    drainers: tuple[Drainer | None, ...] = (None, None)
    arrived: Place = ()
    """What the destination took, each in the order of its first arrival."""
    copies: tuple[int, ...] = ()
    """How often it took each offset."""
    left: tuple[int, ...] = ()
    """Faults that may still happen, by kind; see `protocol`."""

"""Where destination states are kept: the protocol that every store has, and the names of its items."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from comboio.destination_state.state import SharedState


def destination_item(name: str) -> str:
    """Return the name of a destination's item."""
    return f"destination#{name}"


def route_item(name: str) -> str:
    """Return the name of a route's item, which holds an operator's pause."""
    return f"route#{name}"


LONGEST_S = 1.0
"""Maximum seconds of a read or a write: a batch does without the shared state rather than wait for it."""


class StateStore(Protocol):
    """Where destination states are kept, by item.

    Every method takes at most `within_s` seconds, and never more than LONGEST_S. It may raise a ServiceError when the
    store cannot be reached; a write may have been made all the same.
    """

    def read(self, items: Iterable[str], *, within_s: float = LONGEST_S) -> Mapping[str, SharedState]:
        """Return the states of the items as they are now; an item that does not exist has the empty state.

        An item that the store could not read this time is left out.
        """
        ...

    def write(self, item: str, state: SharedState, *, within_s: float = LONGEST_S) -> tuple[bool, SharedState]:
        """Write the successor of version `state.version`, if that is the version that is stored.

        Returns whether the store has it now, and the state that the store has: also when the same write was made
        before, and its reply was lost.
        """
        ...

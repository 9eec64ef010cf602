"""Destination states in one process's memory: for tests, and to run without AWS."""

from collections.abc import Iterable
from threading import Lock

from comboio.destination_state.state import SharedState
from comboio.destination_state.store import LONGEST_S


class MemoryStateStore:
    """A StateStore for the threads of one process."""

    def __init__(self) -> None:
        self._states: dict[str, SharedState] = {}
        self._lock = Lock()

    def read(self, items: Iterable[str], *, within_s: float = LONGEST_S) -> dict[str, SharedState]:  # noqa: ARG002 it answers at once
        """See StateStore."""
        with self._lock:
            return {item: self._states.get(item, SharedState()) for item in items}

    def write(
        self,
        item: str,
        state: SharedState,
        *,
        within_s: float = LONGEST_S,  # noqa: ARG002 it answers at once
    ) -> tuple[bool, SharedState]:
        """See StateStore."""
        wanted = state._replace(version=state.version + 1)
        with self._lock:
            stored = self._states.get(item, SharedState())
            if stored.version == state.version:
                stored = self._states[item] = wanted
        return stored == wanted, stored

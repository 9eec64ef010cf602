"""The destination states as one execution environment uses them: read at most once a second, written at changes."""

from collections.abc import Callable, Collection

from comboio.destination_state import state as policy
from comboio.destination_state.state import Permission, SharedState, View
from comboio.destination_state.store import LONGEST_S, StateStore, destination_item, route_item
from comboio.errors import ServiceError

READ_EVERY_MS = 1_000
"""Time between two reads: how late an environment may learn what another one found out."""

WRITE_TRIES = 4
"""Writes of one change, while other environments change the state in between."""


class SharedStates:
    """What the fleet knows of destinations and routes. For one thread at a time.

    Each method that reads or writes takes at most `within_s` seconds.

    `owner` names this execution environment, and no other. While the store cannot be read, the environment goes by what
    it knows and what it finds out: known times run out, and it probes for itself.
    """

    def __init__(self, store: StateStore, owner: str) -> None:
        self.unreachable = ""
        """Why the store could not be reached the last time it was asked; empty if it was."""
        self._store = store
        self._owner = owner
        self._views: dict[str, View] = {}
        self._read_at: dict[str, int] = {}
        self._away = False
        self._probes: dict[str, int] = {}

    def refresh(
        self, destinations: Collection[str], routes: Collection[str], now: int, *, within_s: float = LONGEST_S
    ) -> None:
        """Read the states of all of them in one call, unless each was read less than READ_EVERY_MS ago.

        Nothing is read where there is nothing to read, and nothing is raised: see `unreachable`.
        """
        items = [*map(destination_item, destinations), *map(route_item, routes)]
        read_at = self._read_at
        if all(item in read_at and 0 <= now - read_at[item] < READ_EVERY_MS for item in items):
            return
        read_at.update(dict.fromkeys(items, now))
        try:
            found = self._store.read(items, within_s=within_s)
        except ServiceError as error:
            self.unreachable, self._away = str(error), True
            found = {}
        else:
            self.unreachable, self._away = "", False
        self._views.update((item, policy.see(state, now, self._views.get(item))) for item, state in found.items())
        for item in items:
            self._views.setdefault(item, View())

    def state(self, destination: str) -> View:
        """Return what is known of a destination."""
        return self._views.get(destination_item(destination), View())

    def permission(self, destination: str, now: int) -> Permission:
        """Return whether calls to a destination may go at `now`."""
        return self.state(destination).permission(now)

    def route_paused(self, route: str) -> bool:
        """Return whether an operator paused the route."""
        return self._views.get(route_item(route), View()).state.paused_since > 0

    def try_probe(self, destination: str, now: int, until: int, *, within_s: float = LONGEST_S) -> bool:
        """Take the one probe of the fleet up to `until`; `opened`, `closed` or `give_back_probe` end it.

        Nobody else sends calls meanwhile. While the store cannot be read, each environment probes for itself.
        """
        if now < self._probes.get(destination, 0):
            return False
        item = destination_item(destination)
        taken = self._change(item, lambda view: policy.probing(view, self._owner, now, until), now, within_s)
        if taken:
            self._probes[destination] = min(until, now + policy.LONGEST_PROBE_MS)
        return taken

    def give_back_probe(self, destination: str, now: int, *, within_s: float = LONGEST_S) -> None:
        """End this environment's probe without an answer: it was not sent."""
        self._probes.pop(destination, None)
        self._change(destination_item(destination), lambda view: policy.given_back(view, self._owner), now, within_s)

    def opened(self, destination: str, now: int, *, within_s: float = LONGEST_S) -> None:
        """Tell the fleet that calls fail: the circuit opens, or, after this environment's probe, opens for longer."""
        self._probes.pop(destination, None)
        self._change(destination_item(destination), lambda view: policy.opened(view, self._owner, now), now, within_s)

    def closed(self, destination: str, now: int, *, within_s: float = LONGEST_S) -> None:
        """Tell the fleet that a call succeeded: the circuit closes."""
        self._probes.pop(destination, None)
        self._change(destination_item(destination), policy.closed, now, within_s)

    def doubt(self, destination: str, now: int, *, within_s: float = LONGEST_S) -> None:
        """Ask the fleet whether the destination is well: a message failed alone that had failed before."""
        self._change(destination_item(destination), policy.doubted, now, within_s)

    def vouch(self, destination: str, now: int, *, within_s: float = LONGEST_S) -> None:
        """Answer a doubt that was known when a call began that succeeded."""
        self._change(destination_item(destination), policy.vouched, now, within_s)

    def throttled(self, destination: str, now: int, retry_after_ms: int, *, within_s: float = LONGEST_S) -> None:
        """Tell the fleet that the destination asked not to be called for a while."""
        self._change(
            destination_item(destination), lambda view: policy.throttled(view, now, retry_after_ms), now, within_s
        )

    def _change(self, item: str, change: Callable[[View], SharedState | None], now: int, within_s: float) -> bool:
        """Write a change, and return whether it is written; a change that is known already is not.

        What cannot be written is known here alone, until the next read.
        """
        for _ in range(WRITE_TRIES):
            view = self._views.get(item, View())
            wanted = change(view)
            if wanted is None:
                return False
            try:
                written, stored = self._store.write(item, wanted, within_s=within_s / WRITE_TRIES)
            except ServiceError as error:
                self.unreachable = str(error)
                self._views[item] = policy.see(wanted, now, view)
                return self._away
            self._views[item] = policy.see(stored, now, view)
            if written:
                return True
        return False

"""The gate of a fleet: its environments share what they find out about a destination."""

from collections.abc import Callable, Collection, Mapping

from comboio.destination_state.shared_states import SharedStates
from comboio.destination_state.state import LONGEST_PROBE_MS, Permission
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import Permissions

PROBE_OVERDUE_MS = 60_000
"""A probe is the drainer's matter, so that no partition waits for one. Where none was sent for that long after it was
due (nothing was diverted, or nothing drains), a batch sends it."""


class SharedGate:
    """See Gate."""

    def __init__(self, shared: SharedStates, now: Callable[[], int], clock: Callable[[], float]) -> None:
        self._shared = shared
        self._now = now
        self._clock = clock

    def permissions(
        self, states: Mapping[str, DestinationState], routes: Collection[str], *, may_probe: Collection[str]
    ) -> Permissions:
        """See Gate."""
        now = self._now()
        self._shared.refresh(states, routes, now)
        given = {
            name: self._permission(name, state, now, may_probe=name in may_probe) for name, state in states.items()
        }
        return Permissions(
            {name: permission for name, permission in given.items() if permission is not Permission.SEND},
            frozenset(route for route in routes if self._shared.route_paused(route)),
            {name: self._opens_in_s(name, now) for name, permission in given.items() if permission is Permission.WAIT},
        )

    def learn(self, states: Mapping[str, DestinationState], permissions: Permissions) -> None:
        """See Gate. Nothing is told while the store does not answer."""
        now = self._now()
        for name, state in states.items():
            if self._shared.unreachable:
                return
            permission = permissions.destinations.get(name, Permission.SEND)
            if permission is Permission.PROBE and state.circuit.granted:
                self._shared.give_back_probe(name, now)  # nothing was sent
                state.circuit.revoke_probe()
            elif permission is Permission.PROBE and not state.circuit.open:
                self._shared.closed(name, now)
            elif permission in (Permission.SEND, Permission.PROBE) and state.circuit.open:
                self._shared.opened(name, now)
            if (wait_s := state.circuit.asked_wait_s(self._clock())) > 0:
                self._shared.throttled(name, now, int(wait_s * 1000))

    def _permission(self, name: str, state: DestinationState, now: int, *, may_probe: bool) -> Permission:
        permission = self._shared.permission(name, now)
        if permission is Permission.SEND:
            if state.circuit.open and not self._shared.unreachable:
                state.circuit.succeeded()  # another environment found it well
        elif permission is Permission.PROBE:
            overdue = now - self._shared.state(name).open_until > PROBE_OVERDUE_MS
            if not (may_probe or overdue) or not self._shared.try_probe(name, now, now + LONGEST_PROBE_MS):
                return Permission.WAIT
            state.circuit.grant_probe()
        return permission

    def _opens_in_s(self, name: str, now: int) -> float:
        """Return the seconds until the circuit may be asked again; a probe in flight does not prolong them."""
        view = self._shared.state(name)
        return max(view.open_until - now if view.state.pause_ms else 0, view.retry_until - now, 0) / 1000

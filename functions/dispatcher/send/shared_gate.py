"""The gate of a fleet: its environments share what they find out about a destination."""

from collections.abc import Callable, Collection, Mapping

from comboio.destination_state.shared_states import SharedStates
from comboio.destination_state.state import LONGEST_PROBE_MS, Permission
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import NO_EVIDENCE, Evidence, Permissions

LONGEST_S = 1.0
"""Maximum seconds that a batch spends on what is shared before it sends, and again after it: with many destinations and
a slow table it would otherwise outlast its deadline."""

PROBE_OVERDUE_MS = 60_000
"""A probe is the drainer's matter, so that no partition waits for one. Where none was sent for that long after it was
due (nothing was diverted, or nothing drains), a batch sends it."""

_PAUSED_S = 60.0
"""Seconds between two looks at what is paused: an operator may resume it at any time, and hardly ever does."""


class SharedGate:
    """See Gate."""

    def __init__(self, shared: SharedStates, now: Callable[[], int], clock: Callable[[], float]) -> None:
        self._shared = shared
        self._now = now
        self._clock = clock

    def permissions(
        self,
        states: Mapping[str, DestinationState],
        routes: Collection[str],
        *,
        may_probe: Collection[str],
        within_s: float,
    ) -> Permissions:
        """See Gate."""
        now, end = self._now(), self._clock() + min(within_s, LONGEST_S)
        self._shared.refresh(states, routes, now, within_s=min(within_s, LONGEST_S))
        given = {
            name: self._permission(name, state, now, end, may_probe=name in may_probe) for name, state in states.items()
        }
        return Permissions(
            {name: permission for name, permission in given.items() if permission is not Permission.SEND},
            frozenset(route for route in routes if self._shared.route_paused(route)),
            {
                name: _PAUSED_S if permission is Permission.PAUSED else self._opens_in_s(name, now)
                for name, permission in given.items()
                if permission in (Permission.WAIT, Permission.PAUSED)
            },
            {
                name: state.vouched == state.doubts
                for name in states
                if (state := self._shared.state(name).state).doubts
            },
        )

    def learn(
        self,
        states: Mapping[str, DestinationState],
        permissions: Permissions,
        evidence: Evidence = NO_EVIDENCE,
        *,
        within_s: float,
    ) -> None:
        """See Gate. Nothing is told while the store does not answer."""
        now, end = self._now(), self._clock() + min(within_s, LONGEST_S)
        for name, state in states.items():
            left_s = end - self._clock()
            if self._shared.unreachable or left_s <= 0:
                return
            permission = permissions.destinations.get(name, Permission.SEND)
            if permission is Permission.PROBE and state.circuit.granted:
                self._shared.give_back_probe(name, now, within_s=left_s)  # nothing was sent
                state.circuit.revoke_probe()
            elif permission is Permission.PROBE and not state.circuit.open:
                self._shared.closed(name, now, within_s=left_s)
            elif permission in (Permission.SEND, Permission.PROBE) and state.circuit.open:
                self._shared.opened(name, now, within_s=left_s)
            elif name in evidence.well and permissions.doubts.get(name) is False:
                self._shared.vouch(name, now, within_s=left_s)
            elif name in evidence.doubtful:
                self._shared.doubt(name, now, within_s=left_s)
            if (wait_s := state.circuit.asked_wait_s(self._clock())) > 0:
                self._shared.throttled(name, now, int(wait_s * 1000), within_s=max(end - self._clock(), 0.0))

    def _permission(self, name: str, state: DestinationState, now: int, end: float, *, may_probe: bool) -> Permission:
        permission = self._shared.permission(name, now)
        if permission is Permission.SEND:
            if state.circuit.open and not self._shared.unreachable:
                state.circuit.succeeded()  # another environment found it well
        elif permission is Permission.PROBE:
            overdue = now - self._shared.state(name).open_until > PROBE_OVERDUE_MS
            left_s = end - self._clock()
            if not (may_probe or overdue) or left_s <= 0:
                return Permission.WAIT
            if not self._shared.try_probe(name, now, now + LONGEST_PROBE_MS, within_s=left_s):
                return Permission.WAIT
            state.circuit.grant_probe()
        return permission

    def _opens_in_s(self, name: str, now: int) -> float:
        """Return the seconds until the circuit may be asked again; a probe in flight does not prolong them."""
        view = self._shared.state(name)
        return max(view.open_until - now if view.state.pause_ms else 0, view.retry_until - now, 0) / 1000

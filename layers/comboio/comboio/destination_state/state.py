"""Destination state: what one environment finds out about a destination, and all go by. Pure.

The circuit is closed, or open until a time, with a pause that doubles with each probe that fails. When the pause is
over, one environment of the whole fleet may send one call, the probe; its answer closes the circuit or opens it anew.
An operator's pause wins over everything, and ends only when an operator ends it.

A message that failed before, and fails again alone, says nothing against its destination: it may be poison. Whoever
tried it raises a doubt, and whoever has a call that succeeds after that vouches for the destination: then it was the
message. A doubt stops nobody's calls.

Environments have different clocks. A time in a state is by its writer's clock, and each reader bounds it when it first
sees it: with a correct length and any clock, nothing holds a reader up for longer than that length. Only a probe has to
exclude others: it is taken over when a reader has seen it for its whole length, or when it ended long enough ago that
no clock MAX_SKEW_MS off can explain it.
"""

from enum import Enum
from typing import NamedTuple

FIRST_PAUSE_MS = 1_000
"""Pause of a circuit that was closed before."""

LONGEST_PAUSE_MS = 30_000
"""Maximum pause of a circuit: how long a destination that has recovered may go without messages."""

LONGEST_PROBE_MS = 30_000
"""Maximum time that a probe is out; a probe whose environment stopped keeps others from probing for as long."""

LONGEST_RETRY_AFTER_MS = 3_600_000
"""Maximum of a Retry-After that is obeyed; a destination that asks for more is asked again after this."""

_LEAST_CHANGE_MS = 1_000
"""A later Retry-After by less than this is not written: each call of a throttling destination would write."""

MAX_SKEW_MS = 30_000
"""How far a clock may be off without two probes being out at once."""


class SharedState(NamedTuple):
    """The state as it is stored. Times are epoch ms by the writer's clock; 0 where there is none."""

    version: int = 0
    """Counts the writes; 0: nothing is stored."""
    open_until: int = 0
    """When the circuit's pause ends."""
    pause_ms: int = 0
    """Length of the circuit's pause; 0: the circuit is closed."""
    probe_owner: str = ""
    """The environment whose probe is out; empty: none is."""
    probe_until: int = 0
    """When the probe is given up."""
    probe_ms: int = 0
    """Length of the probe."""
    retry_until: int = 0
    """When the destination wants to be called again (Retry-After)."""
    retry_ms: int = 0
    """Length of that wait; 0: it asked for none."""
    paused_since: int = 0
    """When an operator paused it; 0: it is not paused."""
    paused_by: str = ""
    """The operator who did."""
    paused_why: str = ""
    """Their reason."""
    doubts: int = 0
    """Counts the doubts that were raised."""
    vouched: int = 0
    """The last doubt after which a call succeeded."""


class Permission(Enum):
    """What a state allows at a time."""

    SEND = "send"
    """Calls may go."""
    PROBE = "probe"
    """One call may go, by the environment that takes the probe."""
    WAIT = "wait"
    """No call may go now: the circuit is open, a probe is out, or Retry-After is not over."""
    PAUSED = "paused"
    """No call may go until an operator says so."""


class View(NamedTuple):
    """A state as one environment sees it; its times are by this environment's clock."""

    state: SharedState = SharedState()
    """The state as it is stored."""
    open_until: int = 0
    """When this environment thinks that the pause ends."""
    retry_until: int = 0
    """When it thinks that Retry-After is over."""
    probe_until: int = 0
    """When it may take over the probe."""

    def permission(self, now: int) -> Permission:
        """Return what the state allows at `now`."""
        if self.state.paused_since:
            return Permission.PAUSED
        if now < self.retry_until:
            return Permission.WAIT
        if not self.state.pause_ms:
            return Permission.SEND
        if now < self.open_until or (self.state.probe_owner and now < self.probe_until):
            return Permission.WAIT
        return Permission.PROBE

    def resumes_at(self, now: int) -> int | None:
        """Return when another permission is possible without a write (epoch ms); None: only a write changes it."""
        if self.state.paused_since:
            return None
        waits = [self.retry_until, self.open_until if self.state.pause_ms else 0]
        if self.state.probe_owner:
            waits.append(self.probe_until)
        latest = max(waits)
        return latest if latest > now else None


def see(state: SharedState, now: int, before: View | None = None) -> View:
    """Return the view of a state that is read at `now`; what did not change since `before` keeps its times.

    A time that is later than its length allows comes from a clock that is ahead, and is cut to that length. A time that
    not even a clock MAX_SKEW_MS ahead of one MAX_SKEW_MS behind explains is not believed: it is over.
    """
    old = before.state if before else SharedState()
    open_until, retry_until, probe_until = (
        (before.open_until, before.retry_until, before.probe_until) if before else (0, 0, 0)
    )
    if (state.open_until, state.pause_ms) != (old.open_until, old.pause_ms):
        open_until = _bounded(state.open_until, min(state.pause_ms, LONGEST_PAUSE_MS), now)
    if (state.retry_until, state.retry_ms) != (old.retry_until, old.retry_ms):
        retry_until = _bounded(state.retry_until, min(state.retry_ms, LONGEST_RETRY_AFTER_MS), now)
    if (state.probe_owner, state.probe_until, state.probe_ms) != (old.probe_owner, old.probe_until, old.probe_ms):
        probe_until = min(now + min(state.probe_ms, LONGEST_PROBE_MS), state.probe_until + 2 * MAX_SKEW_MS)
    return View(state, open_until, retry_until, probe_until)


def opened(view: View, owner: str, now: int) -> SharedState | None:
    """Return the state after calls of `owner` failed.

    None if that is known: the circuit is open, and no probe of its own failed.
    """
    state = view.state
    if not state.pause_ms:
        pause_ms = FIRST_PAUSE_MS
    elif state.probe_owner == owner:
        pause_ms = min(state.pause_ms * 2, LONGEST_PAUSE_MS)
    else:
        return None
    return _without_probe(state)._replace(open_until=now + pause_ms, pause_ms=pause_ms)


def closed(view: View) -> SharedState | None:
    """Return the state after a call succeeded; None if the circuit is closed already."""
    if not view.state.pause_ms:
        return None
    return _without_probe(view.state)._replace(open_until=0, pause_ms=0)


def probing(view: View, owner: str, now: int, until: int) -> SharedState | None:
    """Return the state with the probe taken by `owner` up to `until`; None unless a probe is due.

    A probe that `owner` holds already is taken again: it may have been taken by a write whose reply was lost.
    """
    state = view.state
    mine = state.probe_owner == owner and not state.paused_since and now >= view.retry_until
    if not mine and view.permission(now) is not Permission.PROBE:
        return None
    length = max(0, min(until - now, LONGEST_PROBE_MS))
    return state._replace(probe_owner=owner, probe_until=now + length, probe_ms=length)


def given_back(view: View, owner: str) -> SharedState | None:
    """Return the state without the probe of `owner`, which it did not send; None if it has none."""
    return _without_probe(view.state) if view.state.probe_owner == owner else None


def throttled(view: View, now: int, retry_after_ms: int) -> SharedState | None:
    """Return the state after the destination asked for a wait of `retry_after_ms`; None if that changes little."""
    length = min(retry_after_ms, LONGEST_RETRY_AFTER_MS)
    if now + length < max(now, view.retry_until) + _LEAST_CHANGE_MS:
        return None
    return view.state._replace(retry_until=now + length, retry_ms=length)


def doubted(view: View) -> SharedState | None:
    """Return the state with a doubt raised; None while one is, or where the circuit is open."""
    state = view.state
    if state.pause_ms or state.doubts != state.vouched:
        return None
    return state._replace(doubts=state.doubts + 1)


def vouched(view: View) -> SharedState | None:
    """Return the state after a call succeeded although there was a doubt; None if there is none."""
    if view.state.doubts == view.state.vouched:
        return None
    return view.state._replace(vouched=view.state.doubts)


def paused(view: View, by: str, why: str, now: int) -> SharedState | None:
    """Return the state paused by an operator; None if it is paused already."""
    if view.state.paused_since:
        return None
    return view.state._replace(paused_since=max(now, 1), paused_by=by, paused_why=why)


def resumed(view: View) -> SharedState | None:
    """Return the state without the operator's pause, and with the circuit closed; None if it is not paused."""
    if not view.state.paused_since:
        return None
    return SharedState(version=view.state.version)


def _bounded(until: int, length: int, now: int) -> int:
    return now if until > now + length + 2 * MAX_SKEW_MS else min(until, now + length)


def _without_probe(state: SharedState) -> SharedState:
    return state._replace(probe_owner="", probe_until=0, probe_ms=0)

"""Whether the service is healthy: `/health` answers 200, or 503 where only a restart helps, with the reason."""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from comboio.host.page import Page

GRACE_S = 60.0
"""Seconds that one turn of the loop may take beyond the wait of a rebalance, before the service counts as stuck."""

PATIENCE_S = 60.0
"""Seconds beyond the batching window and the function's timeout for which records may wait without one being done."""


class State(StrEnum):
    """What the service does."""

    STARTING = "starting"
    IDLE = "idle"
    """Nothing waits."""
    WORKING = "working"
    DISCONNECTED = "disconnected"
    """No broker answers. A restart does not help."""
    STALLED = "stalled"
    """Records wait, and none has been done for long. A restart does not help: what the function needs may be away."""
    STUCK = "stuck"
    """The loop stands still. A restart helps."""
    ENDED = "ended"
    """The service ends because of an error."""


class Health:
    """What the loop tells of itself. Any thread may ask."""

    def __init__(self, longest_turn_s: float, patience_s: float, clock: Callable[[], float]) -> None:
        self._longest_turn_s = longest_turn_s
        self._patience_s = patience_s
        self._clock = clock
        self._turned_at = clock()
        self._failure = ""
        self.line: Mapping[str, Any] = {}
        """The last line of statistics."""

    def alive(self) -> None:
        """Note that the loop goes on."""
        self._turned_at = self._clock()

    def write(self, line: Mapping[str, Any]) -> None:
        """Keep a line of statistics."""
        self.line = line

    def failed(self, why: str) -> None:
        """Note that the service ends, and why."""
        self._failure = why

    @property
    def since_turn_s(self) -> float:
        """Seconds since the loop last went round."""
        return self._clock() - self._turned_at

    @property
    def healthy(self) -> bool:
        """Whether the service needs no restart."""
        return self.state()[0] not in (State.STUCK, State.ENDED)

    def state(self) -> tuple[State, str]:
        """Return what the service does, and the reason where somebody should look at it."""
        line, since = self.line, self.since_turn_s
        if self._failure:
            return State.ENDED, self._failure
        if since > self._longest_turn_s:
            return State.STUCK, f"the loop has been stuck for {since:.0f} s"
        if not line:
            return State.STARTING, ""
        if line["brokers_up"] == 0:
            return State.DISCONNECTED, "no broker is connected: check that Kafka runs, and the network"
        if line["stalled_s"] > self._patience_s:
            return State.STALLED, (
                f"records have waited for {line['stalled_s']:.0f} s, and none was done: look in the log for errors of "
                "the function and of the on-failure destination"
            )
        return (State.WORKING if line["in_flight"] or line["fresh"] or line["retrying"] else State.IDLE), ""

    def page(self) -> Page:
        """Return the answer of `/health`."""
        state, reason = self.state()
        said = {"healthy": self.healthy, "state": state, "reason": reason or "ok", "statistics": dict(self.line)}
        return Page("application/json", json.dumps(said).encode(), 200 if self.healthy else 503)

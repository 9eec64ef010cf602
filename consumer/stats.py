"""One line of statistics a second."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO


@dataclass
class Counters:
    """Counts since the last line; records unless the name says otherwise."""

    polled: int = 0
    invocations: int = 0
    invoked: int = 0
    failed: int = 0
    failed_invocations: int = 0
    succeeded: int = 0
    given_up: int = 0
    redelivered: int = 0
    invoke_seconds: float = 0.0


@dataclass
class Stats:
    """Writes a JSON line whenever a second is over. `totals` are since the start."""

    file: TextIO
    clock: Callable[[], float]
    interval_s: float = 1.0
    now: Counters = field(default_factory=Counters)
    totals: Counters = field(default_factory=Counters)
    _since: float = 0.0

    def due(self, at: float) -> bool:
        """Whether the second is over."""
        return at >= self._since + self.interval_s

    def write(self, at: float, state: Mapping[str, Any]) -> None:
        """Writes what was counted, as rates a second and as totals, with the state given; and starts over."""
        elapsed = at - self._since if self._since else self.interval_s
        counted = vars(self.now)
        for name, value in counted.items():
            setattr(self.totals, name, getattr(self.totals, name) + value)
        line = {
            "event": "stats",
            "at": self.clock(),
            "polled_per_s": round(self.now.polled / elapsed, 1),
            "batch_records": round(self.now.invoked / self.now.invocations, 1) if self.now.invocations else None,
            "invoke_ms": round(1000 * self.now.invoke_seconds / self.now.invocations, 1)
            if self.now.invocations
            else None,
            **{name: round(value, 6) for name, value in counted.items()},
            "totals": {name: round(value, 6) for name, value in vars(self.totals).items()},
            **state,
        }
        self.file.write(json.dumps(line, separators=(",", ":")) + "\n")
        self.file.flush()
        self.now = Counters()
        self._since = at

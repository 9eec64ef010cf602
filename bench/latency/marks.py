"""What a consumer's process notes of the way of its records: two numbers a poll and a few an invocation, no clock more.

Times are epoch seconds of the machine's one clock, as Kafka's timestamps are.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

Ends = Mapping[str, int]
"""By partition (`<topic>-<number>`): the last offset."""


class Poll(NamedTuple):
    """Records that the client handed over."""

    at: float
    ends: Ends


class Invocation(NamedTuple):
    """A batch in the function."""

    began: float
    claimed: float
    """When the last of its ledgers was claimed."""
    ended: float
    ends: Ends


class Marks:
    """Collects in memory, in two threads that never write the same list; `write` is for the end."""

    def __init__(self) -> None:
        self.polls: list[Poll] = []
        self.invocations: list[Invocation] = []

    def write(self, path: Path) -> None:
        """Write all of it down."""
        path.write_text(json.dumps({"polls": self.polls, "invocations": self.invocations}), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Marks":
        """Read what another process wrote."""
        text = json.loads(path.read_text(encoding="utf-8"))
        marks = cls()
        marks.polls = [Poll(*each) for each in text["polls"]]
        marks.invocations = [Invocation(*each) for each in text["invocations"]]
        return marks


class Steps:
    """Finds the poll or the invocation that had a record: offsets only rise, so the first that ends at or past it."""

    def __init__(self, found: Iterable[Poll | Invocation]) -> None:
        self._ends: dict[str, list[int]] = {}
        self._steps: dict[str, list[Poll | Invocation]] = {}
        for step in found:
            for partition, end in step.ends.items():
                self._ends.setdefault(partition, []).append(end)
                self._steps.setdefault(partition, []).append(step)

    def of(self, partition: str, offset: int) -> Poll | Invocation | None:
        """Return it, or None if it was elsewhere."""
        ends = self._ends.get(partition, [])
        place = bisect_left(ends, offset)
        return self._steps[partition][place] if place < len(ends) else None

"""Counts what waits in the hold queue, by what an operator asks first. Pure."""

from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest
from itertools import count
from typing import Any

from comboio.drain.waiting import Waiting
from comboio.message.content import Code
from dlq_replayer.observe.histogram import age_of

COUNTS = {
    "examined": "order groups that the drainer left waiting",
    "matched": "records in them, as the drainer last saw them",
    "woken": "order groups that are tried now",
    "due": "order groups that are in the drainer's hands, or tried again within about a minute",
    "would": "order groups that a dry run would have woken",
}
"""Each count of an answer about the hold queue, and what it counts."""


class Tally:
    """Grows group by group; remembers the oldest of them to show."""

    def __init__(self, samples: int) -> None:
        self._counts = Counter(dict.fromkeys(COUNTS, 0))
        self._kinds: dict[str, Counter[str]] = {
            kind: Counter() for kind in ("destination", "topic", "codigo", "attempts", "age")
        }
        self._groups: list[tuple[int, int, Waiting]] = []
        self._most = samples
        self._numbers = count()
        self.oldest: int | None = None
        """When the oldest record was first not taken (epoch ms)."""

    def count(self, what: str, groups: int) -> None:
        """Add to a count."""
        self._counts[what] += groups

    def add(self, group: Waiting, codigos: Sequence[Code], now: int) -> None:
        """Count a group, and only some of its codes if any are given; `now` in epoch ms."""
        wanted = set(map(str, codigos))
        codes = {code: number for code, number in group.codes.items() if not wanted or code in wanted}
        records = sum(codes.values()) if wanted else group.records
        if not records:
            return
        self._counts["matched"] += records
        self._kinds["destination"][group.destination] += records
        self._kinds["topic"][group.topic] += records
        self._kinds["attempts"][str(group.attempts)] += records
        self._kinds["age"][age_of((now - group.oldest) / 1000)] += records
        for code, number in codes.items():
            self._kinds["codigo"][code or "none"] += number
        if not wanted and (behind := group.records - sum(group.codes.values())) > 0:
            self._kinds["codigo"]["not looked at yet"] += behind
        self.oldest = group.oldest if self.oldest is None else min(self.oldest, group.oldest)
        self._groups = nsmallest(self._most, [*self._groups, (group.oldest, next(self._numbers), group)])

    def to_fields(self, now: int) -> dict[str, Any]:
        """Return the answer's part; `now` in epoch ms."""
        return {
            "counts": {name: self._counts[name] for name in COUNTS},
            "oldest_age_s": None if self.oldest is None else max(0, now - self.oldest) // 1000,
            "histogram": {kind: dict(counter.most_common()) for kind, counter in self._kinds.items()},
            "groups": [_shown(group, now) for _, _, group in self._groups],
        }


def _shown(group: Waiting, now: int) -> dict[str, Any]:
    return {
        "destination": group.destination,
        "partition": f"{group.topic}-{group.partition}",
        "records": group.records,
        "attempts": group.attempts,
        "oldest_age_s": max(0, now - group.oldest) // 1000,
        "seen_s_ago": max(0, now - group.seen_at) // 1000,
        "again_in_s": max(0, group.again_at - now) // 1000,
        "error": group.error,
    }

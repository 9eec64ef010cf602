"""Reads back what a run of the demo did, second by second: what was acknowledged, what was invoked, what was done."""

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

CONSUMERS = ("A", "B", "C")
"""The demo's consumers."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One batch that a consumer invoked the dispatcher with."""

    consumer: str
    """Whose."""
    began: float
    """When (s after the producer's start)."""
    ended: float
    """Until when."""
    records: int
    """How many records it had."""
    done: int
    """How many of them it finished for good, for the first time."""
    clean: bool
    """Whether it was neither a redelivery nor a failure: its time says what such a batch takes."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


@dataclass(frozen=True, slots=True)
class History:
    """A whole run."""

    start: float
    """When the producer began (s, as `time.time` counts)."""
    rate: float
    """Messages a second that were asked for."""
    duration: float
    """Seconds of producing."""
    drain_s: float
    """Seconds from the last acknowledgement to lag 0, as the demo measured it."""
    acked: Sequence[tuple[float, float]]
    """Times and how many messages were acknowledged by then."""
    invocations: Sequence[Invocation]
    """Every one, by its end."""

    @property
    def last_ack(self) -> float:
        """When the last message was acknowledged."""
        return self.acked[-1][0]

    def acked_by(self, at: float) -> float:
        """Return how many messages Kafka had by a time."""
        times = [when for when, _ in self.acked]
        after = bisect_right(times, at)
        if after == 0:
            return 0.0
        if after == len(times):
            return self.acked[-1][1]
        (t0, n0), (t1, n1) = self.acked[after - 1], self.acked[after]
        return n0 + (n1 - n0) * (at - t0) / (t1 - t0)

    def done_by(self, at: float) -> float:
        """Return how many records were done by a time."""
        return sum(each.done for each in self.invocations if each.ended <= at)

    def mean_lag(self, begins: float, ends: float, step: float = 0.1) -> float:
        """Return the mean number of records behind."""
        times = [begins + step * n for n in range(int((ends - begins) / step))]
        return sum(max(self.acked_by(at) - self.done_by(at), 0.0) for at in times) / len(times)


def read(root: Path) -> History:
    """Read the files of a run."""
    report = json.loads((root / "report.json").read_text(encoding="utf-8"))
    lines = list(_lines(root / "producer.jsonl"))
    last = lines[-1]
    start = datetime.fromisoformat(last["at"]).timestamp() - last["elapsed_s"]
    acked = [(0.0, 0.0), *((line["elapsed_s"], float(line["acked"])) for line in lines)]
    found = [each for name in CONSUMERS for each in _invocations(root, name, start)]
    return History(
        start=start,
        rate=report["rate_target"],
        duration=round(last["elapsed_s"]),
        drain_s=report["drain_s"],
        acked=acked,
        invocations=sorted(found, key=lambda each: each.ended),
    )


def _invocations(root: Path, consumer: str, start: float) -> Iterator[Invocation]:
    begun: dict[str, dict[str, Any]] = {}
    reported = {round(line["at"], 2): line for line in _lines(root / f"batches-{consumer}.jsonl")}
    for line in _lines(root / f"invocations-{consumer}.jsonl"):
        if not line.get("done"):
            begun[line["id"]] = line
            continue
        before = begun.pop(line["id"])
        batch = _reported(reported, line["at"])
        skipped = batch["duplicates"] if batch else 0
        done = max(before["records"] - line["failed"] - skipped, 0)
        clean = not (before["redelivery"] or line["failed"] or skipped or before["attempt"] > 1)
        began = before["at"] - start
        yield Invocation(consumer, began, line["at"] - start, before["records"], done, clean)


def _reported(reported: dict[float, dict[str, Any]], at: float) -> dict[str, Any] | None:
    """Return the dispatcher's own line of a batch: the last one shortly before the consumer's."""
    near = [(when, line) for when, line in reported.items() if at - 0.5 <= when <= at + 0.02]
    return max(near, key=lambda pair: pair[0])[1] if near else None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for text in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(text)

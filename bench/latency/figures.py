"""The figures of a window: percentiles by route, whole and by stage. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.latency.marks import Invocation, Marks, Poll, Steps
from bench.latency.sink import Taken

STAGES = ("kafka", "batch", "claim", "send")
"""Kafka: from the timestamp until the consumer has the record. Batch: until the function has it. Claim: until the
batch's ledgers are claimed, its event read before. Send: until the destination has answered."""

PERCENTILES = (50, 95, 99)

WARM_UP_S = 3.0
"""Seconds of records that do not count: connections open, and the first batches import what is imported late."""

Percentiles = Mapping[str, float]
"""Milliseconds, by p50_ms, p95_ms and p99_ms."""


@dataclass(frozen=True, slots=True)
class RouteFigures:
    """One route at one window."""

    records: int
    whole: Percentiles
    stages: Mapping[str, Percentiles]

    def to_json(self) -> dict[str, Any]:
        """Return it for the result's file."""
        return {"records": self.records, **self.whole, "stages": dict(self.stages)}


def figures_of(taken: Iterable[Taken], marks: Sequence[Marks]) -> dict[str, RouteFigures]:
    """Return the figures of each route, which its queue has its name from."""
    arrivals = list(taken)
    from_s = min(each.produced for each in arrivals) + WARM_UP_S
    polls = Steps(poll for each in marks for poll in each.polls)
    invocations = Steps(call for each in marks for call in each.invocations)
    seconds: dict[str, dict[str, list[float]]] = {}
    for arrival in arrivals:
        if arrival.produced < from_s:
            continue
        poll, call = (steps.of(arrival.partition, arrival.offset) for steps in (polls, invocations))
        assert isinstance(poll, Poll)  # noqa: S101 -- what was sent was polled
        assert isinstance(call, Invocation)  # noqa: S101 -- and invoked
        times = (arrival.produced, poll.at, call.began, call.claimed, arrival.at)
        route = seconds.setdefault(arrival.queue.removesuffix(".fifo"), {name: [] for name in ("whole", *STAGES)})
        route["whole"].append(arrival.at - arrival.produced)
        for name, began, ended in zip(STAGES, times, times[1:], strict=False):
            route[name].append(ended - began)
    return {
        name: RouteFigures(len(found["whole"]), percentiles(found["whole"]), {s: percentiles(found[s]) for s in STAGES})
        for name, found in sorted(seconds.items())
    }


def percentiles(seconds: Iterable[float]) -> Percentiles:
    """Return the least value that so many of a hundred do not exceed, in milliseconds."""
    ordered = sorted(seconds)
    return {f"p{p}_ms": round(ordered[-(-len(ordered) * p // 100) - 1] * 1000, 1) for p in PERCENTILES}

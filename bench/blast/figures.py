"""The figures of a scenario, and whether they reach their aims. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from bench.blast.receipt import Receipt, offset_of, reordered, repeats
from bench.blast.scenario import Mode, Scenario
from bench.blast.table import ORDERED_CODES

LEAST_HEALTHY_RATIO = 0.95
MOST_LAG_S = 2.0

Position = tuple[str, int]
"""A partition as "<topic>-<n>" and an offset."""


class Arrival(NamedTuple):
    """A message in a healthy queue."""

    event_id: str
    produced: float
    """Its Kafka timestamp (epoch s)."""
    at: float
    """When the queue took it (epoch s)."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What a scenario left behind."""

    scenario: Scenario
    acked: Mapping[str, Position]
    """By event_id: what Kafka acknowledged."""
    healthy: Sequence[Arrival]
    """Every message of the healthy queues, copies included."""
    receipts: Sequence[Receipt]
    letters: Sequence[Position]
    held: Collection[Position]
    """What is still in the hold queue."""
    poison_id: str
    last_ack: float
    """Epoch s."""
    well_at: float
    """When the partner was well again (epoch s)."""
    lag: int
    """Messages behind, at the end of producing."""
    lag_left: int
    """Messages behind, when the run was over."""
    rate: float
    drain_s: float | None
    """Seconds from then until nothing was left; None if something was, to the end."""


@dataclass(frozen=True, slots=True)
class BlastFigures:
    """One row."""

    acked: int
    in_time: float
    """Of the healthy queues' messages that were produced MOST_LAG_S before the last acknowledgement or earlier: the
    share that was there by then. Without that allowance it would mostly say where a batch's window ended."""
    healthy_ratio: float | None
    """That share over the baseline's; None without one."""
    healthy_p99_s: float
    """99% of their messages were there so many seconds after their Kafka timestamp: the end alone hides a stall."""
    lag_s: float
    dlq: int
    dlq_expected: bool
    """Whether the DLQ has exactly what belongs there: the poison, or nothing."""
    to_partner: int
    delivered_after: int
    """Messages that the partner first took after it was well again."""
    drain_s: float | None
    left: int
    """Messages neither delivered nor dead when the run was over: in the hold queue, or unread in Kafka."""
    lost: int
    reordered: int
    twice: int
    twice_explained: int
    """Of these, repeats of what the partner took without its answer being heard."""

    @property
    def aims(self) -> dict[str, bool]:
        """Return what was aimed at, and whether it was reached."""
        return {
            "healthy_ratio": self.healthy_ratio is None or self.healthy_ratio >= LEAST_HEALTHY_RATIO,
            "lag": self.lag_s < MOST_LAG_S,
            "dlq": self.dlq_expected,
            "lost": self.lost == 0,
            "left": self.left == 0,
            "reordered": self.reordered == 0,
            "twice": self.twice == self.twice_explained,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return it for the result's file."""
        return {**asdict(self), "aims": self.aims}


def figures_of(seen: Observed, baseline: BlastFigures | None) -> BlastFigures:
    """Return the figures of a scenario, compared with its baseline's."""
    partner = {receipt.event_id for receipt in seen.receipts}
    dead, held = set(seen.letters), set(seen.held)
    arrived = Counter(arrival.event_id for arrival in seen.healthy)
    due_by = seen.last_ack - MOST_LAG_S
    due = {arrival.event_id for arrival in seen.healthy if arrival.produced <= due_by}
    in_time = {arrival.event_id for arrival in seen.healthy if arrival.at <= seen.last_ack}
    elsewhere = {name for name, at in seen.acked.items() if name in partner or at in dead or at in held}
    for_healthy = seen.acked.keys() - elsewhere
    missing = len(for_healthy - arrived.keys())  # unread in Kafka, or lost
    unread = min(missing, seen.lag_left)
    share = len(in_time & due) / max(len(due) + missing, 1)
    waits = sorted(arrival.at - arrival.produced for arrival in seen.healthy)
    again, explained = repeats(seen.receipts)
    first: dict[str, float] = {}
    for receipt in seen.receipts:
        first.setdefault(receipt.id, receipt.at)
    poison = [_position(seen.poison_id)] if seen.poison_id else []
    expected = poison if seen.scenario.mode is Mode.POISON else []
    still_held = sum(1 for name, at in seen.acked.items() if at in held and name not in partner and at not in dead)
    return BlastFigures(
        acked=len(seen.acked),
        in_time=round(share, 4),
        healthy_ratio=round(share / baseline.in_time, 4) if baseline and baseline.in_time else None,
        healthy_p99_s=round(waits[len(waits) * 99 // 100], 2) if waits else 0.0,
        lag_s=round(seen.lag / seen.rate, 2),
        dlq=len(seen.letters),
        dlq_expected=sorted(seen.letters) == expected and (seen.scenario.mode is not Mode.POISON or bool(poison)),
        to_partner=len(partner),
        delivered_after=sum(at >= seen.well_at for at in first.values()),
        drain_s=None if seen.drain_s is None else round(seen.drain_s, 1),
        left=still_held + unread,
        lost=missing - unread,
        reordered=reordered(seen.receipts, ORDERED_CODES),
        twice=again + sum(copies - 1 for copies in arrived.values()),
        twice_explained=explained,
    )


def _position(name: str) -> Position:
    """Return the position in an id, `<cluster id>/<topic>-<partition>:<offset>@<timestamp>`."""
    return name.partition("/")[2].rpartition(":")[0], offset_of(name)

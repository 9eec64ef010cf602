"""Reads back what became of a run, before and after the replay, and makes its report."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median

from local.aws.deployment import Deployment
from local.demo.partner import Partner
from local.demo.proof.crash_window import crash_windows
from local.demo.proof.downstream import Arrival, arrivals, letters, undone
from local.demo.proof.figures import RunFigures
from local.demo.proof.paths import Paths
from local.demo.proof.reconcile import Acked, Position, reconcile
from local.demo.proof.report import Report
from local.demo.replay import MENDED
from local.demo.settings import DemoSettings
from producer.state.ack_journal import read_journal


@dataclass(frozen=True, slots=True)
class BeforeReplay:
    """What is read once the backlog is gone, since the replay changes it."""

    acked: list[Acked]
    """The messages that Kafka acknowledged."""
    arrived: list[Arrival]
    """Every message of the destination queues."""
    calls: int
    """Of the partner."""
    in_time: int
    """Distinct messages that were in a destination queue at the last acknowledgement."""
    drain_s: float
    """Seconds from the last acknowledgement to lag 0."""
    dead: dict[Position, str]
    """The reason of each dead letter by its position."""


def acknowledged(paths: Paths) -> list[Acked]:
    """Return what the producer's journal has."""
    lines = read_journal(paths.acknowledged)
    return [Acked(line.event_id, (f"{line.topic}-{line.partition}", line.offset), line.kind) for line in lines]


def before_replay(
    deployment: Deployment, acked: list[Acked], last_ack_ms: float, drain_s: float, partner: Partner
) -> BeforeReplay:
    """Read the destination queues and the DLQ."""
    arrived = list(arrivals(deployment))
    in_time = {arrival.event_id for arrival in arrived if arrival.sent_ms <= last_ack_ms}
    in_time |= {call.event_id for call in partner.calls if call.at_ms <= last_ack_ms}
    dead = {(f"{letter.topic}-{letter.partition}", letter.offset): str(letter.reason) for letter in letters(deployment)}
    return BeforeReplay(acked, arrived, len(partner.calls), len(in_time), drain_s, dead)


def report_of(
    kafka: str,
    deployment: Deployment,
    paths: Paths,
    settings: DemoSettings,
    before: BeforeReplay,
    figures: RunFigures,
    faults: list[str],
    partner: Partner,
) -> Report:
    """Read the queues, the DLQ, the parking queue and the ledgers, and reconcile them with what was acknowledged."""
    found = list(arrivals(deployment))
    dead, parked = letters(deployment), letters(deployment, "ParkingQueue")
    result = reconcile(
        before.acked,
        [*(arrival.event_id for arrival in found), *(call.event_id for call in partner.calls)],
        ((f"{letter.topic}-{letter.partition}", letter.offset) for letter in dead),
        undone(deployment),
        crash_windows(paths),
        ((f"{letter.topic}-{letter.partition}", letter.offset) for letter in parked),
        MENDED,
        set(before.dead),
    )
    replayed = {message.event_id for message in before.acked if message.kind in MENDED}
    last = partner.down_ms[-1] if partner.down_ms else 0
    latencies = sorted(arrival.latency_ms for arrival in found if arrival.event_id not in replayed)
    return Report(
        kafka=kafka,
        function=settings.function.says,
        produced=figures.produced,
        acked=len(before.acked),
        dispatched=result.dispatched,
        duplicates=result.duplicates,
        duplicates_explained=result.duplicates_explained,
        dead_lettered=len(before.dead),
        in_dlq=result.dead_lettered,
        replayed=result.replayed,
        parked=result.parked,
        pending=result.pending,
        lost=result.lost,
        misplaced=result.misplaced,
        rate_target=settings.rate,
        rate_achieved=round(before.in_time / settings.duration, 1),
        drain_s=round(before.drain_s, 2),
        latency_ms={f"p{share}": round(latencies[len(latencies) * share // 100], 1) for share in (50, 95, 99)},
        skipped_as_duplicate=figures.duplicates,
        crashes=len(paths.crashes.read_text(encoding="utf-8").splitlines()) if paths.crashes.exists() else 0,
        dynamodb_writes=figures.ledger_writes,
        dynamodb_writes_per_1000=round(figures.ledger_writes / max(result.dispatched, 1) * 1000, 2),
        destination_calls=figures.calls,
        by_queue={**Counter(arrival.queue for arrival in found), "partner": len(partner.calls)},
        partner_out_of_order=partner.out_of_order(),
        partner_late=sum(call.at_ms > last for call in partner.calls),
        others_ms=others_ms(found, replayed, partner.down_ms),
        dead_by_reason=dict(Counter(before.dead.values())),
        faults=faults,
        unexplained=list(result.unexplained_examples),
        lost_examples=[f"{message.position[0]}:{message.position[1]}" for message in result.lost_examples],
    )


def others_ms(found: Sequence[Arrival], replayed: Collection[str], down_ms: Sequence[int]) -> dict[str, float]:
    """Return how long messages of the other destinations took at the median, while the partner was down and else."""
    if len(down_ms) < 2:
        return {}
    first = [arrival for arrival in found if arrival.event_id not in replayed]
    while_down = [a.latency_ms for a in first if down_ms[0] <= a.sent_ms - a.latency_ms <= down_ms[1]]
    else_ = [a.latency_ms for a in first if not down_ms[0] <= a.sent_ms - a.latency_ms <= down_ms[1]]
    return {
        "while the partner was down": round(median(while_down), 1) if while_down else 0.0,
        "otherwise": round(median(else_), 1) if else_ else 0.0,
    }

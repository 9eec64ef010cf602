"""The tables of docs/scale.md: `python -m plan.scale` prints them, `make docs` writes them into the page."""

from collections.abc import Mapping, Sequence

from charts.section import Table
from plan.measured.measured import Measured
from plan.profile.profile import Profile
from plan.scale.grid import KEEPS_UP, Cell, cell
from plan.scale.knees import met_at, ways
from plan.scale.limits import limits
from plan.sizing.partitions import BUSY, record_bytes
from plan.sizing.pollers import units
from plan.sizing.service import service

PARTITIONS = (1, 12, 120)
"""Of one topic."""

RATES = (1_000.0, 13_000.0, 130_000.0, 1_300_000.0)
"""Messages a second."""

_DYNAMODB_PARTITION = 1_000
"""Write units a second of one of DynamoDB's partitions (Developer Guide, "Best practices for partition keys")."""


def tables(profile: Profile, measured: Measured) -> Mapping[str, Table]:
    """Return all of them by name."""
    each = service(profile, measured)
    cells = [cell(profile, each, partitions, rate) for partitions in PARTITIONS for rate in RATES]
    return {
        "partitions": _partitions(cells),
        "rates": _rates(profile, measured),
        "knees": _knees(profile, measured),
    }


def _partitions(cells: Sequence[Cell]) -> Table:
    head = ["partitions", "messages/s", "hottest partition/s", "its load", "pollers", "environments busy"]
    rows = [[*head, "records a batch", "ledger writes/s", "simulated", "old on average"]]
    for each in cells:
        row = [f"{each.partitions}", f"{each.rate:,.0f}", f"{each.hottest:,.0f}", _load(each.load)]
        row += [f"{each.pollers.maximum}", f"{each.batches.busy:,.1f}", f"{each.batches.records:,.0f}"]
        done, behind_s = each.simulated.carried, each.simulated.behind_s
        kept = done >= KEEPS_UP
        row += [f"{each.writes:,.0f}", "keeps up" if kept else f"gets {done:.0%} done"]
        rows.append([*row, f"{behind_s:.1f} s" if kept else "ever older"])
    return Table(rows)


def _load(load: float) -> str:
    note = "" if load <= BUSY else (", no room" if load <= 1 else ", falls behind")
    return f"{load:.0%}{note}"


def _rates(profile: Profile, measured: Measured) -> Table:
    rows = [["each second", *(f"{rate:,.0f} messages" for rate in RATES)]]
    size = record_bytes(profile.payload_bytes)
    rows.append(["MB into Kafka", *(f"{rate * size / 1e6:,.1f}" for rate in RATES)])
    rows.append(["event poller units, by bytes", *(f"{units(1, rate * size)}" for rate in RATES)])
    for name, way in ways(measured).items():
        rows.append([f"environments busy, {name}", *(f"{rate / way.work.speed(way.batch):,.1f}" for rate in RATES)])
    for name, way in ways(measured).items():
        rows.append([f"calls of SQS, {name}", *(f"{rate / way.messages_a_call:,.0f}" for rate in RATES)])
    for name, way in ways(measured).items():
        writes = [rate * way.work.writes_a_message for rate in RATES]
        rows.append([f"write units, {name}", *(f"{each:,.0f}" for each in writes)])
        if writes[-1] > _DYNAMODB_PARTITION:
            spread = [f"{-(-each // _DYNAMODB_PARTITION):,.0f}" for each in writes]
            rows.append([f"partitions of DynamoDB for them, {name}", *spread])
    return Table(rows)


def _knees(profile: Profile, measured: Measured) -> Table:
    found = ways(measured)
    rows = [["limit", *(f"met at, {name}" for name in found), "source"]]
    for limit in limits():
        met = [f"{met_at(limit, way, profile.payload_bytes):,.0f}" for way in found.values()]
        rows.append([f"{limit.value:,.0f} {limit.unit}", *met, f"[AWS]({limit.source}) ({limit.checked})"])
    return Table(rows)


def markdown(table: Table) -> str:
    """Write a table as Markdown."""
    head, *body = table.rows
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)

"""Writes a plan as sections: what a reviewer reads, in the order in which it is asked."""

from collections.abc import Iterator, Sequence

from charts.bars import bars
from charts.frame import Frame
from charts.lines import Series, lines
from charts.section import Section, Table
from plan.cost.bill import MEMORY_MB, Bill
from plan.plan import Plan, Sources
from plan.report.parameters import parameters
from plan.simulate.scenario import curves

SCALES = (1_000.0, 13_000.0, 130_000.0, 1_300_000.0)
"""Messages a second for which the bill is shown beside the profile's own."""


def sections(plan: Plan, scaled: Sequence[tuple[float, Plan]], sources: Sources) -> Iterator[Section]:
    """Yield the sections after the advice; `scaled` are plans of the same profile at other rates."""
    yield _topics(plan)
    yield _reasons(plan)
    yield _keys(plan)
    if any(topic.splits for topic in plan.topics):
        yield _heavy(plan)
    yield _mapping(plan)
    yield _lag(plan)
    yield _simulated(plan)
    yield _clusters(plan)
    yield _bill(plan)
    yield _scale(plan, scaled)
    yield _sources(plan, sources)


def _topics(plan: Plan) -> Section:
    rows = [["topic", "msg/s", "peak", "partitions", "key", "hottest / mean", "pollers", "records a batch"]]
    for topic in plan.topics:
        row = [topic.topic.name, f"{topic.rate:,.0f}", f"{topic.peak:,.0f}", str(topic.partitions.count)]
        row += [str(topic.spread.strategy), f"{topic.spread.skew:.2f}"]
        rows.append([*row, f"{topic.pollers.minimum} to {topic.pollers.maximum}", f"{topic.batches.records:,.0f}"])
    note = (
        f"The peak is {plan.profile.burst:g} times the rate, and {plan.profile.growth:g} times that for the years in "
        "which nobody wants to move keys to other partitions."
    )
    return Section("Topics", [note], Table(rows))


def _reasons(plan: Plan) -> Section:
    rows = [["topic", "reason", "partitions", "because"]]
    for topic in plan.topics:
        rows += [[topic.topic.name, need.name, str(need.partitions), need.why] for need in topic.partitions.needs]
    return Section("Why so many partitions", [], Table(rows))


def _keys(plan: Plan) -> Section:
    topic = plan.busiest
    rows = [["key", "hottest / mean", "hottest msg/s", "idle partitions", "gives up"]]
    for each in topic.spreads:
        mark = " (advised)" if each is topic.spread else ""
        idle = sum(1 for share in each.shares if share == 0)
        row = [f"{each.strategy}{mark}", f"{each.skew:.2f}", f"{each.hottest * topic.peak:,.0f}", str(idle)]
        rows.append([*row, each.gives_up])
    numbers = [str(number) for number in range(topic.partitions.count)]
    charts = [
        bars(
            f"{each.strategy}: share of each partition of {topic.topic.name}",
            "%",
            numbers,
            [("share", [100 * share for share in each.shares])],
            mark=("mean", 100 / len(each.shares)),
        )
        for each in topic.spreads
        if topic.partitions.count <= 48
    ]
    how = "each truck with its measured share" if plan.profile.trucks.shares else "trucks sending alike"
    note = f"Every key of the profile was placed by Kafka's own hash (murmur2), {how}."
    return Section(f"Keys of {topic.topic.name}", [note], Table(rows), charts)


def _heavy(plan: Plan) -> Section:
    rows = [["topic", "heavy codes", "way", "hottest msg/s", "fits", "gives up", "how"]]
    for topic in plan.topics:
        codes = ", ".join(str(code.codigo) for code in topic.heavy)
        for split in topic.splits:
            fits = "yes" if split.fits else "no"
            row = [topic.topic.name, codes, split.name, f"{split.hottest_per_s:,.0f}", fits, split.gives_up, split.how]
            rows.append(row)
    note = "A code is heavy if it alone is more than a partition's fair share: by `codigo`, no placement is even."
    return Section("Heavy codes and how to split them", [note], Table(rows))


def _mapping(plan: Plan) -> Section:
    rows = [["setting", "value", "because"]]
    rows += [[each.name, each.value, each.why] for each in parameters(plan)]
    busy = (
        f"{plan.busy:.2f} environments are busy on average, {plan.service.per_s:,.0f} msg/s each at most "
        f"({MEMORY_MB} MB, one vCPU). The pollers of all mappings share {plan.units} event poller "
        f"unit{'s' * (plan.units > 1)}."
    )
    return Section("Mapping, function, table and queues", [busy], Table(rows))


def _lag(plan: Plan) -> Section:
    rows = [["topic", "after", "records behind", "seconds behind", "gone after", "bound by"]]
    for topic in plan.topics:
        for name, lag in (("a burst", topic.burst), ("an outage", topic.outage)):
            gone = "never" if lag.drained_s is None else f"{lag.drained_s:,.0f} s"
            rows.append([topic.topic.name, name, f"{lag.records:,.0f}", f"{lag.seconds:,.0f}", gone, lag.bound_by])
    return Section("Lag after a burst and after an outage", [], Table(rows))


def _simulated(plan: Plan) -> Section:
    found = curves(plan)
    rows = [["disturbance", "highest lag", "gone after, calculated", "gone after, simulated"]]
    for each in found:
        highest = max(lag for _, lag in each.points)
        gone = [each.calculated.drained_s, each.simulated_s]
        rows.append([each.name, f"{highest:,.0f}", *("never" if at is None else f"{at:,.0f} s" for at in gone)])
    note = (
        f"{plan.busiest.topic.name}, event by event: batches fill, environments take them, a partition has one batch "
        "at a time. All pollers are there from the beginning."
    )
    charts = [
        lines(f"Lag: {each.name}", "records", [Series("", each.points)], Frame(max(at for at, _ in each.points)))
        for each in found
    ]
    return Section("The same, simulated", [note], Table(rows), charts)


def _clusters(plan: Plan) -> Section:
    rows = [["kind", "size", "USD a month", "by part", "because"]]
    for each in plan.clusters:
        parts = ", ".join(f"{name} {usd:,.0f}" for name, usd in each.usd.items())
        total = f"{each.total:,.0f}" if each.possible else "cannot"
        rows.append([each.family, each.name, total, parts, each.why])
    return Section(
        "The cluster", ["The first is advised: the cheapest that carries the peak with a zone down."], Table(rows)
    )


def _bill(plan: Plan) -> Section:
    names = list(dict.fromkeys(name for bill in plan.bills for name in bill.parts))
    rows = [["part", *(bill.name for bill in plan.bills)]]
    rows += [[name, *(_usd(bill, name) for bill in plan.bills)] for name in names]
    rows.append(["a month", *(f"{bill.total:,.0f}" for bill in plan.bills)])
    rows.append(["a million messages", *(f"{bill.per_million(plan.profile.rate):,.3f}" for bill in plan.bills)])
    chart = bars(
        f"A month at {plan.profile.rate:,.0f} msg/s",
        "USD",
        [bill.name for bill in plan.bills],
        [("USD", [bill.total for bill in plan.bills])],
        width=900,
    )
    notes = [f"{bill.name}: {bill.note}." for bill in plan.bills if bill.note]
    return Section("A month's bill, USD", notes, Table(rows), [chart])


def _usd(bill: Bill, name: str) -> str:
    return f"{bill.parts[name]:,.0f}" if name in bill.parts else "-"


def _scale(plan: Plan, scaled: Sequence[tuple[float, Plan]]) -> Section:
    names = [bill.name for bill in plan.bills]
    rows = [["msg/s", "partitions", "cluster", *names]]
    for rate, other in scaled:
        partitions = sum(topic.partitions.count for topic in other.topics)
        totals = [f"{bill.total:,.0f}" for bill in other.bills]
        rows.append([f"{rate:,.0f}", str(partitions), other.clusters[0].name, *totals])
    note = "The same profile at other rates, USD a month."
    return Section("At other rates", [note], Table(rows))


def _sources(plan: Plan, sources: Sources) -> Section:
    found = plan.profile.measurement
    traffic = f"Sample: {found.text}" if found else "Codes, sizes and trucks: the profile's; no sample was given."
    alike = "" if plan.profile.trucks.shares else ", and trucks to send alike"
    prices, measured = sources.prices, sources.measured
    unchecked = ", ".join(prices.unchecked())
    return Section(
        "What this is calculated with",
        [
            f"Prices: plan/prices, {prices.region}, {prices.date}; no taxes, discounts or free tiers. Assumptions, "
            f"read in no page: {unchecked}.",
            f"Speeds: `{measured.command}`, {measured.date}, {measured.machine}, load {measured.load:g}. A Graviton "
            "vCPU is taken to be as fast as that core.",
            traffic,
            f"Traffic is taken to be the rate all day and all month{alike}. Compression is left out.",
        ],
    )

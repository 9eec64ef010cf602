"""Sets two plans side by side."""

from charts.section import Section, Table
from plan.plan import Plan


def compare(plan: Plan, against: Plan) -> Section:
    """Return what differs, figure by figure."""
    mine, theirs = _figures(plan), _figures(against)
    rows = [["", plan.profile.name, against.profile.name]]
    rows += [[name, mine[name], theirs[name]] for name in mine]
    less = plan.bill.total - against.bill.total
    word = "less" if less < 0 else "more"
    note = f"{plan.profile.name} costs {abs(less):,.0f} USD a month {word} than {against.profile.name}."
    return Section("Side by side", [note], Table(rows))


def _figures(plan: Plan) -> dict[str, str]:
    topic = plan.busiest
    outage = "never" if topic.outage.drained_s is None else f"{topic.outage.drained_s:,.0f} s"
    return {
        "msg/s": f"{plan.profile.rate:,.0f}",
        "partitions": " + ".join(str(each.partitions.count) for each in plan.topics),
        "key": str(topic.spread.strategy),
        "hottest / mean": f"{topic.spread.skew:.2f}",
        "window": f"{plan.window_s} s",
        "99 of 100 within": f"{topic.batches.p99_s:.1f} s",
        "pollers": f"{topic.pollers.minimum} to {topic.pollers.maximum}",
        "busy environments": f"{plan.busy:.2f}",
        "cluster": plan.clusters[0].name,
        "lag gone after an outage": outage,
        "USD a month": f"{plan.bill.total:,.0f}",
        "USD a million": f"{plan.bill.per_million(plan.profile.rate):,.3f}",
    }

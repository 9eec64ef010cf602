"""Says in words what a plan advises, and why: the sentences that a reviewer reads first. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from comboio.contract.partition_key import KeyStrategy
from plan.cost.bill import Bill
from plan.keys.placement import shares
from plan.keys.trucks import hot_truck
from plan.plan import Plan, TopicPlan
from plan.profile.profile import Destination, Guess, Order
from plan.sizing.partitions import room_per_s
from plan.span import DAY_S, span

_HEAVY_SHOWN = 5
"""Heavy codes that are named; more are counted."""

_FIXED_SHARE = 0.8
"""The share of a bill that is there without a message, from which the advice says so."""

_CHEAPER = 0.9
"""The share of our bill below which another way is worth naming."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do or to know."""

    about: str
    """What it is about, in a word or two."""
    text: str
    """What to do, and why."""
    warning: bool = False
    """Whether the profile asks for something that is impossible as it stands."""


def advice(plan: Plan) -> list[Advice]:
    """Return everything, the most important first."""
    found = [*_sample(plan), *_guess(plan), *_keys(plan), *_partitions(plan), *_destinations(plan)]
    found += [*_latency(plan), *_lag(plan), *_cost(plan)]
    return sorted(found, key=lambda each: not each.warning)


def _sample(plan: Plan) -> Iterator[Advice]:
    if plan.profile.measurement is not None:
        yield Advice("the sample", plan.profile.measurement.text)
    hot = hot_truck(plan.profile.trucks, plan.busiest.partitions.count)
    if hot is not None:
        yield Advice("the heaviest truck", hot)


def _guess(plan: Plan) -> Iterator[Advice]:
    guess, topic = plan.profile.guess, plan.busiest
    if guess is None:
        return
    whole = guess.partitions * guess.per_partition
    sums = "The product holds" if whole >= plan.profile.rate else "The product does not hold"
    yield Advice(
        "the guess",
        f"{guess.partitions} partitions at {guess.per_partition:,.0f} msg/s: {sums.lower()} "
        f"({whole:,.0f} for {plan.profile.rate:,.0f} msg/s), the reason does not. A partition is not full at "
        f"{guess.per_partition:,.0f} msg/s: one environment does {plan.service.per_s:,.0f}, so "
        f"{_load_alone(topic)} carry the peak. By `codigo` the hottest of {guess.partitions} partitions would get "
        f"{_hottest_by_code(plan, topic, guess):,.0f} msg/s, and not {guess.per_partition:,.0f}: the mean says nothing "
        f"where few codes send most. {topic.partitions.count} it is, for {topic.partitions.decided_by.name}; "
        f"{guess.partitions} do not divide among three brokers.",
    )


def _load_alone(topic: TopicPlan) -> str:
    needed = next(need for need in topic.partitions.needs if need.name == "throughput").partitions
    return f"{needed} partition{'s' * (needed > 1)}"


def _hottest_by_code(plan: Plan, topic: TopicPlan, guess: Guess) -> float:
    return max(shares(topic.topic.codes, plan.profile.trucks, KeyStrategy.CODIGO, guess.partitions)) * topic.rate


def _keys(plan: Plan) -> Iterator[Advice]:
    for topic in plan.topics:
        by_code = next(each for each in topic.spreads if each.strategy is KeyStrategy.CODIGO)
        room = room_per_s(plan.profile, plan.service)
        hottest = topic.spread.hottest * topic.peak
        if hottest > room:
            yield Advice(
                f"the key of {topic.topic.name}",
                f"`{topic.spread.strategy}` keeps the order that is asked for, and its hottest partition gets "
                f"{hottest:,.0f} msg/s at the peak, where {room:,.0f} have room. No number of partitions helps, since "
                f"a key is never divided: {_split(topic)}.",
                warning=True,
            )
        elif topic.heavy and plan.profile.order is not Order.CODE:
            yield Advice(
                f"the key of {topic.topic.name}",
                f"`{topic.spread.strategy}`: the hottest of {topic.partitions.count} partitions gets "
                f"{topic.spread.skew:.2f} times the mean. By `codigo` it would be {by_code.skew:.2f} times, because "
                f"{_named(topic)} alone. It gives up {topic.spread.gives_up}.",
            )
        elif topic.heavy:
            yield Advice(
                f"the key of {topic.topic.name}",
                f"`codigo` keeps the order of a code across trucks, and its load is uneven: the hottest partition gets "
                f"{by_code.skew:.2f} times the mean, because of {_named(topic)}. It has room ({hottest:,.0f} of "
                f"{room:,.0f} msg/s). When it has none, {_split(topic)}.",
            )


def _named(topic: TopicPlan) -> str:
    total = topic.topic.share
    names = [f"{code.codigo} has {code.share / total:.0%}" for code in topic.heavy[:_HEAVY_SHOWN]]
    more = len(topic.heavy) - len(names)
    return f"code {', '.join(names)}" + (f" and {more} more" if more else "") + " of the topic"


def _split(topic: TopicPlan) -> str:
    fitting = [split for split in topic.splits if split.fits]
    if not fitting:
        return "no split makes it fit either; more must be given up, or less sent"
    best = fitting[0]
    return f"{best.name} leaves {best.hottest_per_s:,.0f} msg/s and gives up {best.gives_up} ({best.how})"


def _partitions(plan: Plan) -> Iterator[Advice]:
    for topic in plan.topics:
        decided = topic.partitions.decided_by
        rung = "Brokers and pollers divide it evenly"
        if decided.partitions != topic.partitions.count:
            rung = f"It asks for {decided.partitions}; the next number that brokers and pollers divide evenly is "
            rung += "taken, since growing later moves keys"
        yield Advice(
            f"partitions of {topic.topic.name}",
            f"{topic.partitions.count}, decided by {decided.name}: {decided.why}. {rung}.",
        )


def _destinations(plan: Plan) -> Iterator[Advice]:
    rate = plan.profile.rate
    for each in plan.profile.destinations:
        sent = rate * each.share
        if each.max_per_s is not None and sent > each.max_per_s:
            yield Advice(f"the destination {each.name}", _too_much(plan, each, sent), warning=True)
        elif each.max_per_s is not None:
            peak = plan.profile.peak * each.share
            more = max(peak - each.max_per_s, 0) * plan.profile.burst_s
            text = f"It gets {sent:,.0f} msg/s and takes {each.max_per_s:,.0f}: set `max_per_s = {each.max_per_s:g}`."
            if more:
                after = more / (each.max_per_s - sent) if each.max_per_s > sent else float("inf")
                text += f" A burst leaves {more:,.0f} in the hold queue, which is empty {span(after)} later."
            yield Advice(f"the destination {each.name}", text)
    if plan.service.slowest is not None:
        yield Advice(
            f"the destination {plan.service.slowest}",
            f"Its answers take longer than the code: an environment does {plan.service.per_s:,.0f} msg/s for it. "
            "A larger `concurrency`, a batch call or a pack would help before any partition does.",
        )


def _too_much(plan: Plan, each: Destination, sent: float) -> str:
    limit = each.max_per_s or 0.0
    return (
        f"It takes {limit:,.0f} msg/s and is sent {sent:,.0f}: {(sent - limit) * DAY_S:,.0f} messages more wait every "
        "day, and the hold queue never empties. No partition and no environment changes that. The others lose nothing, "
        'since what waits is diverted (`when_down = "divert"`); but SQS deletes after 14 days, so what is old becomes '
        "dead letters at the route's `max_age_s`. Set "
        f"`max_per_s = {limit:g}`, so that all environments together keep to it, and send it less: a `sample` of "
        f"{limit / sent:.2f}, only the codes that it needs, or a pack if it can read one. Or get a limit of "
        f"{sent * plan.profile.burst:,.0f} msg/s, which its bursts need. As it stands it is level up to "
        f"{limit / each.share:,.0f} msg/s in all."
    )


def _latency(plan: Plan) -> Iterator[Advice]:
    batches, aim = plan.busiest.batches, plan.profile.latency_s
    if batches.p99_s > aim:
        yield Advice(
            "latency",
            f"{aim:g} s for 99 of 100 messages cannot be promised: without any window it is {batches.p99_s:.1f} s. "
            "Put what is urgent in a topic of its own with a window of 0 and as many pollers at least as at most.",
            warning=True,
        )
    else:
        yield Advice(
            "the window",
            f"{plan.window_s} s: half of the messages arrive within {batches.p50_s:.1f} s and 99 of 100 within "
            f"{batches.p99_s:.1f} s (asked: {aim:g} s). A longer window costs less and delivers later.",
        )


def _lag(plan: Plan) -> Iterator[Advice]:
    profile, topic = plan.profile, plan.busiest
    burst, outage = topic.burst, topic.outage
    if profile.burst > 1:
        if burst.records:
            after = "never goes" if burst.drained_s is None else f"is gone {span(burst.drained_s)} later"
            text = (
                f"{profile.burst:g} times the rate for {span(profile.burst_s)} leaves {burst.records:,.0f} records in "
                f"{topic.topic.name}, {span(burst.seconds)} behind; the lag {after}, bound by {burst.bound_by}."
            )
        else:
            text = (
                f"{profile.burst:g} times the rate leaves no lag in {topic.topic.name}: {topic.pollers.maximum} "
                f"pollers get {topic.capacity:,.0f} msg/s through, and {profile.peak * topic.topic.share:,.0f} come."
            )
        yield Advice("a burst", text, warning=burst.drained_s is None)
    if outage.drained_s is None:
        text = f"After an outage of {span(profile.outage_s)} the lag never goes: {outage.bound_by} is too slow."
    else:
        text = (
            f"After {span(profile.outage_s)} without consuming, {outage.records:,.0f} records wait in "
            f"{topic.topic.name} and are gone {span(outage.drained_s)} later (asked: {span(profile.catch_up_s)}), "
            f"bound by {outage.bound_by}. Kafka keeps them for {profile.retention_h:g} h."
        )
    late = outage.drained_s is None or outage.drained_s > profile.catch_up_s
    yield Advice("an outage", text, warning=late)


def _cost(plan: Plan) -> Iterator[Advice]:
    bill, cluster, rate = plan.bill, plan.clusters[0], plan.profile.rate
    if not cluster.possible:
        yield Advice("the cluster", f"No kind of cluster carries it: {cluster.why}.", warning=True)
    others = [each for each in plan.clusters[1:] if each.possible]
    beside = "".join(f"; {each.name} costs {each.total:,.0f}" for each in others)
    yield Advice("the cluster", f"{cluster.name}, {cluster.total:,.0f} USD a month ({cluster.why}){beside}.")
    text = f"{bill.total:,.0f} USD a month, {bill.per_million(rate):,.3f} a million messages. {_versus(plan.bills)}"
    fixed = _fixed(plan)
    cheapest = min(plan.bills, key=lambda each: each.total)
    if fixed > _FIXED_SHARE:
        text += (
            f" {fixed:.0%} of it is there without a single message (brokers, producers, pollers): Kafka is the cost at "
            "this rate. It is worth that where others read the same log, or where the fleet will grow."
        )
    if cheapest.total < _CHEAPER * bill.total:
        text += f" {cheapest.name} would cost {cheapest.total:,.0f}: {cheapest.note}."
    yield Advice("the bill", text)


def _versus(bills: Sequence[Bill]) -> str:
    ours, others = bills[0], bills[1:]
    return (
        "For comparison: "
        + ", ".join(f"{each.name} {each.total:,.0f} ({each.total / ours.total:.1f} times)" for each in others)
        + "."
    )


def _fixed(plan: Plan) -> float:
    """Return the share of the bill that is there without a message."""
    cluster, parts = plan.clusters[0].usd, plan.bill.parts
    there = cluster.get("brokers", 0.0) + cluster.get("cluster", 0.0) + parts["producers"] + parts["event pollers"]
    return there / plan.bill.total

"""Makes a plan of a profile: partitions, keys, batches, pollers, brokers, lag and bills. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from plan.cost.bill import Bill, Dispatching, dispatching
from plan.cost.contenders import Billed, bills
from plan.keys.heavy import Split, buckets_for, heavy_codes, splits
from plan.keys.placement import shares
from plan.keys.strategy import BY_ORDER, KeySpread, spreads
from plan.measured.measured import Measured
from plan.prices.brokers import Brokers
from plan.prices.prices import Prices
from plan.profile.profile import CodeShare, Kind, Profile, TopicTraffic
from plan.sizing.batches import Batches, usual, window_for
from plan.sizing.brokers import Cluster, Load, clusters
from plan.sizing.lag import Lag, backlog
from plan.sizing.partitions import (
    BUSY,
    ISOLATION_FROM,
    Partitions,
    partition_per_s,
    partitions,
    record_bytes,
    room_per_s,
)
from plan.sizing.pollers import POLLER_BYTES_PER_S, Pollers, count, pollers, units
from plan.sizing.service import Service, service


@dataclass(frozen=True, slots=True)
class Sources:
    """What a plan calculates with, beside the profile."""

    measured: Measured
    """What was measured of the dispatcher."""
    prices: Prices
    """What AWS charges."""
    brokers: Brokers
    """What MSK offers."""

    @classmethod
    def load(cls) -> "Sources":
        """Read the files that the package has."""
        return cls(Measured.load_file(), Prices.load(), Brokers.load())


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """What one topic needs."""

    topic: TopicTraffic
    """The topic and its codes."""
    rate: float
    """Its messages a second, usually."""
    peak: float
    """At the peak of the years to come."""
    partitions: Partitions
    """How many, and why."""
    spread: KeySpread
    """The key that is advised."""
    spreads: Sequence[KeySpread]
    """Every key, over these partitions."""
    heavy: Sequence[CodeShare]
    """Codes that would make a partition hot by `codigo`."""
    splits: Sequence[Split]
    """Ways to split them."""
    batches: Batches
    """A usual batch."""
    pollers: Pollers
    """The mapping's pollers."""
    capacity: float
    """Messages a second that it gets through with all pollers."""
    burst: Lag
    """After a burst."""
    outage: Lag
    """After an outage."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole answer."""

    profile: Profile
    """What it is for."""
    service: Service
    """How fast one environment is."""
    window_s: int
    """The batching window of all mappings."""
    topics: Sequence[TopicPlan]
    """Topic by topic."""
    units: int
    """Event poller units of the poller group, with the usual pollers."""
    clusters: Sequence[Cluster]
    """Ways to run the brokers, the one that is advised first."""
    bills: Sequence[Bill]
    """A month of it, and of what others would use; ours first."""

    @property
    def busiest(self) -> TopicPlan:
        """The topic with most traffic."""
        return max(self.topics, key=lambda each: each.rate)

    @property
    def bill(self) -> Bill:
        """Our own."""
        return self.bills[0]

    @property
    def busy(self) -> float:
        """Environments that are busy, usually."""
        return sum(each.batches.busy for each in self.topics)


def make_plan(profile: Profile, sources: Sources) -> Plan:
    """Plan for a profile.

    Raises:
        TooManyPartitionsError: no cluster carries it.
    """
    each = service(profile, sources.measured)
    size = record_bytes(profile.payload_bytes)
    busiest = max(profile.topics, key=lambda topic: topic.share)
    rate = profile.rate * busiest.share
    window_s = window_for(profile.latency_s, rate, count(rate * size, rate * each.message_s), each)
    topics = [_topic(profile, topic, each, window_s) for topic in profile.topics]
    load = Load(
        bytes_per_s=profile.rate * size,
        peak_bytes_per_s=profile.peak * profile.growth * size,
        partitions=sum(topic.partitions.count for topic in topics),
        retention_h=profile.retention_h,
    )
    found = clusters(load, sources.brokers, sources.prices)
    group = units(sum(topic.pollers.minimum for topic in topics), load.bytes_per_s)
    return Plan(profile, each, window_s, topics, group, found, _bills(profile, each, topics, group, found[0], sources))


def _topic(profile: Profile, topic: TopicTraffic, each: Service, window_s: int) -> TopicPlan:
    strategy = BY_ORDER[profile.order]

    def hottest(count: int) -> float:
        return max(shares(topic.codes, profile.trucks, strategy, count))

    rate, size = profile.rate * topic.share, record_bytes(profile.payload_bytes)
    peak = profile.peak * topic.share * profile.growth
    chosen = partitions(profile, topic, each, hottest)
    heavy = heavy_codes(topic.codes, chosen.count) if peak >= ISOLATION_FROM else []
    names = [code.codigo for code in heavy]
    buckets = buckets_for(topic.codes, profile.trucks, chosen.count, names) if heavy else 1
    every = spreads(topic.codes, profile.trucks, chosen.count, names, buckets)
    spread = next(found for found in every if found.strategy is strategy)
    catching_up = rate * profile.growth * (1 + profile.outage_s / profile.catch_up_s)
    least = count(rate * size, rate * each.message_s)
    most = count(max(peak, catching_up) * size, max(peak, catching_up) * each.message_s / BUSY)
    given = pollers(least, max(most, least + 1), chosen.count)
    by = {
        "all environments together": min(chosen.count, given.invocations) * each.per_s,
        "the bytes of all pollers": given.maximum * POLLER_BYTES_PER_S / size,
    }
    bound = min(by, key=lambda name: by[name])
    capacity = by[bound]
    now, partition = profile.peak * topic.share, partition_per_s(profile, each)
    return TopicPlan(
        topic=topic,
        rate=rate,
        peak=peak,
        partitions=chosen,
        spread=spread,
        spreads=every,
        heavy=heavy,
        splits=splits(topic.codes, profile.trucks, chosen.count, heavy, peak, room_per_s(profile, each)),
        batches=usual(rate, given.minimum, window_s, each),
        pollers=given,
        capacity=capacity,
        burst=backlog(now, min(now, capacity), profile.burst_s, rate, spread.shares, partition, capacity, bound),
        outage=backlog(rate, 0.0, profile.outage_s, rate, spread.shares, partition, capacity, bound),
    )


def _bills(
    profile: Profile, each: Service, topics: Sequence[TopicPlan], group: int, cluster: Cluster, sources: Sources
) -> list[Bill]:
    measured, prices = sources.measured, sources.prices
    way = measured.packed if profile.packed else measured.unpacked
    queues = sum(to.share for to in profile.destinations if to.kind in (Kind.SQS, Kind.SQS_FIFO))
    size = record_bytes(profile.payload_bytes)
    use = Dispatching(
        rate=profile.rate,
        batches=sum(topic.batches.per_s for topic in topics),
        partitions=sum(min(topic.partitions.count, max(topic.rate, 1)) for topic in topics).__ceil__(),
        window_s=max(topics[0].batches.records / max(topics[0].rate / topics[0].pollers.minimum, 1e-9), 0.5),
        busy=sum(topic.batches.busy for topic in topics),
        units=group,
        requests=profile.rate * queues * max(way.sqs_requests_a_message, profile.payload_bytes / 65_536),
        claims=profile.rate * profile.event_idempotency,
    )
    traffic = Billed(profile.rate, profile.payload_bytes, size, queues, each.message_s)
    return bills(prices, measured, traffic, dispatching(prices, use), cluster.usd, group)

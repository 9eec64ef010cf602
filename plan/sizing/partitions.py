"""Chooses how many partitions a topic gets, and says which need decided."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from comboio.errors import ConfigurationError
from plan.profile.profile import Profile, TopicTraffic
from plan.sizing.service import Service

BUSY = 0.6
"""The load that a partition may have at its peak, of what it can do: above it, queues grow faster than load does."""

_PARTITION_BYTES_PER_S = 5_000_000
"""Bytes a second of one partition: what MSK Serverless takes, and what one event poller reads."""

RECORD_BYTES = 150
"""Bytes that a record has on the broker beside its payload: key, headers, and Kafka's own."""

BROKERS = 3
"""Availability zones, with a broker each at least: fewer partitions would leave one of them idle."""

_MOST_HELD_UP = 0.1
"""The share of a topic that one stuck partition may hold up, where isolation matters."""

ISOLATION_FROM = 1_000
"""Messages a second from which a topic is worth isolating: below, a tenth of it is a handful of messages."""

_LADDER = (3, 6, 12, 24, 36, 48, 60, 72, 96, 120, 144, 180, 240, 300, 360, 480, 600, 720, 960, 1200, 1440, 1920, 2400)
"""Numbers that brokers and pollers divide evenly. A topic only ever grows, and growing moves keys."""


MOST = 40_000
"""Partitions of a topic, at three replicas each: thirty of MSK's largest brokers hold 4,000 replicas each."""


class TooManyPartitionsError(ConfigurationError):
    """No topic has as many partitions as a profile needs; the text says which need it is."""


@dataclass(frozen=True, slots=True)
class Need:
    """One reason for partitions."""

    name: str
    """The reason in a word."""
    partitions: int
    """How many it asks for."""
    why: str
    """The calculation in a sentence."""


@dataclass(frozen=True, slots=True)
class Partitions:
    """How many, and why."""

    count: int
    """The number that the topic gets."""
    needs: Sequence[Need]
    """Every reason, the strongest first."""

    @property
    def decided_by(self) -> Need:
        """The need that asked for most."""
        return self.needs[0]


def record_bytes(payload_bytes: int) -> int:
    """Return the bytes of a record on the broker, before compression."""
    return payload_bytes + RECORD_BYTES


def partition_per_s(profile: Profile, service: Service) -> float:
    """Return what one partition gets through in a second: one environment at a time, read by one poller."""
    return min(service.per_s, _PARTITION_BYTES_PER_S / record_bytes(profile.payload_bytes))


def room_per_s(profile: Profile, service: Service) -> float:
    """Return what a partition may get at its peak: not all that an environment does, and not more than is read."""
    return min(BUSY * service.per_s, partition_per_s(profile, service))


def partitions(profile: Profile, topic: TopicTraffic, service: Service, hottest: Callable[[int], float]) -> Partitions:
    """Choose the partitions of a topic; `hottest` is the share of the hottest partition among so many.

    Raises:
        TooManyPartitionsError: it would take more than MOST.
    """
    rate, peak = profile.rate * topic.share, profile.peak * topic.share * profile.growth
    room = BUSY * service.per_s
    caught_up = rate * profile.growth * (1 + profile.outage_s / profile.catch_up_s)
    size = record_bytes(profile.payload_bytes)
    needs = [
        Need(
            "throughput",
            math.ceil(peak / room),
            f"{peak:,.0f} msg/s at the peak of the years to come, over {room:,.0f} msg/s of a partition "
            f"({BUSY:.0%} of the {service.per_s:,.0f} that one environment does)",
        ),
        Need(
            "bytes",
            math.ceil(peak * size / _PARTITION_BYTES_PER_S),
            f"{peak * size / 1e6:,.1f} MB/s over {_PARTITION_BYTES_PER_S / 1e6:.0f} MB/s of a partition",
        ),
        Need(
            "catching up",
            math.ceil(caught_up / service.per_s),
            f"{caught_up:,.0f} msg/s to be level {profile.catch_up_s / 60:,.0f} minutes after an outage of "
            f"{profile.outage_s / 60:,.0f}, over {service.per_s:,.0f} msg/s of a partition",
        ),
        Need("brokers", BROKERS, "one leader for each of three brokers"),
    ]
    if rate >= ISOLATION_FROM:
        needs.append(
            Need(
                "isolation",
                math.ceil(1 / _MOST_HELD_UP),
                f"one stuck partition holds up at most {_MOST_HELD_UP:.0%} of the topic",
            )
        )
    most = max(needs, key=lambda need: need.partitions)
    if most.partitions > MOST:
        raise TooManyPartitionsError(
            f"The topic {topic.name!r} would need {most.partitions:,} partitions for {most.name} ({most.why}), and the "
            f"largest cluster has {MOST:,}. Check traffic and needs of the profile: rate, burst, growth, outage, "
            "catch-up."
        )
    least = _rung(most.partitions)
    needs.append(_hottest_need(peak, room_per_s(profile, service), least, hottest))
    needs.sort(key=lambda need: -need.partitions)
    return Partitions(_rung(needs[0].partitions), needs)


def _hottest_need(peak: float, room: float, least: int, hottest: Callable[[int], float]) -> Need:
    """Return how many it takes until the hottest partition has room: no number divides one key that is too hot."""
    found = next((count for count in _LADDER if hottest(count) * peak <= room), None) if peak > room else BROKERS
    if found is not None and hottest(least) * peak > room:  # a few keys may share a partition again among more of them
        found = next((count for count in _LADDER if count > least and hottest(count) * peak <= room), None)
    if found is None:
        load = hottest(least) * peak
        why = f"the hottest partition gets {load:,.0f} msg/s of {room:,.0f}: no number of partitions divides its key"
        return Need("hottest key", BROKERS, why)
    return Need("hottest key", found, f"the hottest of {found} gets {hottest(found) * peak:,.0f} msg/s of {room:,.0f}")


def _rung(count: int) -> int:
    return next((rung for rung in _LADDER if rung >= count), math.ceil(count / 120) * 120)

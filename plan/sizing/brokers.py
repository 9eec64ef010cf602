"""Sizes and prices the cluster: Standard and Express brokers and MSK Serverless, side by side."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from plan.prices.brokers import Brokers, ExpressBroker, StandardBroker
from plan.prices.prices import HOURS_A_MONTH, Prices

REPLICAS = 3
"""Copies of a record."""

_ZONES = 3
"""Availability zones: brokers come in threes."""

_DISK_FACTOR = 6.5
_NETWORK_FACTOR = 7.2
"""What a byte that comes in makes a Standard broker write and send, replicas, one consumer, and a zone that is down
included (AWS's own sizing tool, 2026-08)."""

_ZONE_DOWN = _ZONES / (_ZONES - 1)
"""How much more each broker has when a zone is down."""

_DISK_ROOM = 2.0
"""Volumes are twice what is kept: a broker with a full disk stops."""

_LEAST_DISK_GB = 100
"""A volume's size at least: below, it costs a dollar and leaves no room for an hour of error."""

_MOST_DISK_GB = 16_384
"""A volume's size at most."""

SERVERLESS_IN_MBS, SERVERLESS_PARTITIONS = 200, 2_400
"""What a Serverless cluster takes in, in MB a second, and its partitions."""

ELSEWHERE = 2 / 3
"""The share of what is produced whose leader is in another zone than the producer."""

MIB, GB = 2**20, 1e9
"""Bytes: brokers are sized in MiB, traffic is billed in GB."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a cluster must carry."""

    bytes_per_s: float
    """What usually comes in."""
    peak_bytes_per_s: float
    """What comes in at the peak of the years to come."""
    partitions: int
    """Partitions of all topics, without replicas."""
    retention_h: float
    """Hours that records are kept."""

    @property
    def kept_gb(self) -> float:
        """What is kept, once."""
        return self.bytes_per_s * self.retention_h * 3600 / GB

    @property
    def month_gb(self) -> float:
        """What comes in a month."""
        return self.bytes_per_s * HOURS_A_MONTH * 3600 / GB


@dataclass(frozen=True, slots=True)
class Cluster:
    """One way to run the brokers."""

    family: str
    """Standard, Express or Serverless."""
    name: str
    """Type and number, for people."""
    usd: Mapping[str, float]
    """What it costs a month, by part."""
    why: str
    """What sized it, or why it cannot be."""
    possible: bool = True
    """Whether it can carry the load."""

    @property
    def total(self) -> float:
        """All parts."""
        return sum(self.usd.values())


def clusters(load: Load, brokers: Brokers, prices: Prices) -> list[Cluster]:
    """Return the cheapest cluster of each family, the cheapest first; impossible ones last."""
    standard = min((_standard(load, each, prices) for each in brokers.standard), key=_worth)
    express = min((_express(load, each, prices) for each in brokers.express), key=_worth)
    return sorted([standard, express, _serverless(load, prices)], key=_worth)


def _worth(cluster: Cluster) -> tuple[bool, float]:
    return not cluster.possible, cluster.total


def _threes(count: float) -> int:
    return max(_ZONES, math.ceil(count / _ZONES) * _ZONES)


def _standard(load: Load, broker: StandardBroker, prices: Prices) -> Cluster:
    peak = load.peak_bytes_per_s / MIB
    needs = {
        "its disks": peak * _DISK_FACTOR / broker.disk_mbs,
        "its network": peak * _NETWORK_FACTOR / broker.network_mbs,
        "its partitions": load.partitions * REPLICAS / broker.partitions,
        "its storage": load.kept_gb * REPLICAS * _DISK_ROOM / _MOST_DISK_GB,
    }
    count = _threes(max(needs.values()))
    disk = max(math.ceil(load.kept_gb * REPLICAS * _DISK_ROOM / count), _LEAST_DISK_GB)
    usd = {
        "brokers": count * broker.usd_hour * HOURS_A_MONTH,
        "storage": count * disk * prices["msk_storage_gb_month"],
        "between zones": load.month_gb * ELSEWHERE * prices["cross_zone_gb"],
    }
    name = f"{count} x {broker.name}, {disk:,} GB each"
    return Cluster("Standard", name, usd, _why(needs, count), count <= 60)


def _express(load: Load, broker: ExpressBroker, prices: Prices) -> Cluster:
    needs = {
        "what comes in": load.peak_bytes_per_s / MIB * _ZONE_DOWN / broker.in_mbs,
        "its partitions": load.partitions * REPLICAS / broker.partitions,
    }
    count = _threes(max(needs.values()))
    usd = {
        "brokers": count * broker.usd_hour * HOURS_A_MONTH,
        "storage": load.kept_gb * prices["express_storage_gb_month"],
        "data in": load.month_gb * prices["express_data_in_gb"],
        "between zones": load.month_gb * ELSEWHERE * prices["cross_zone_gb"],
    }
    return Cluster("Express", f"{count} x {broker.name}", usd, _why(needs, count), count <= 60)


def _serverless(load: Load, prices: Prices) -> Cluster:
    peak = load.peak_bytes_per_s / 1e6
    usd = {
        "cluster": prices["serverless_cluster_hour"] * HOURS_A_MONTH,
        "partitions": load.partitions * prices["serverless_partition_hour"] * HOURS_A_MONTH,
        "data in": load.month_gb * prices["serverless_in_gb"],
        "data out": load.month_gb * prices["serverless_out_gb"],
        "storage": load.kept_gb * prices["serverless_storage_gb_month"],
    }
    if peak > SERVERLESS_IN_MBS:
        why = f"it takes {SERVERLESS_IN_MBS} MB/s, and the peak is {peak:,.0f}"
    elif load.partitions > SERVERLESS_PARTITIONS:
        why = f"it has {SERVERLESS_PARTITIONS:,} partitions at most"
    else:
        return Cluster("Serverless", "MSK Serverless", usd, "nothing to size: it is billed by what goes through it")
    return Cluster("Serverless", "MSK Serverless", usd, why, possible=False)


def _why(needs: Mapping[str, float], count: int) -> str:
    name = max(needs, key=lambda need: needs[need])
    if needs[name] <= _ZONES:
        return f"one in each zone; {name} would need {needs[name]:.1f}"
    return f"{name}: {needs[name]:.1f}, in threes {count}"

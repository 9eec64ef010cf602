"""Estimates the cost of a million messages on Amazon MSK, from `plan/prices` and stated sizes."""

from plan.prices.brokers import Brokers
from plan.prices.prices import HOURS_A_MONTH, Prices

_PRICES = Prices.load()
_BROKERS, _BROKER = 3, Brokers.load().standard[0]
"""Three kafka.m7g.large, one in each availability zone."""
_ELSEWHERE = 2 / 3
"""With three zones, so much of the traffic has its partition leader in another one than the producer."""
_REPLICAS, _RETENTION_H = 3, 48
"""How often and how long Kafka keeps a record."""
_RECORD_BYTES = 350
"""Before compression: a payload of 203, about 130 for key and headers, and the record's own overhead."""


def usd_per_million(rate: float) -> dict[str, float]:
    """Return the cost by part, at `rate` messages a second all month."""
    millions_an_hour = rate * 3600 / 1e6
    gb_a_million = _RECORD_BYTES * 1e6 / 1e9
    return {
        "brokers": _BROKERS * _BROKER.usd_hour / millions_an_hour,
        "producer": _PRICES["ec2_producer_hour"] / millions_an_hour,
        "storage": gb_a_million * _REPLICAS * _PRICES["msk_storage_gb_month"] * _RETENTION_H / HOURS_A_MONTH,
        "transfer": gb_a_million * _ELSEWHERE * _PRICES["cross_zone_gb"],
    }


def assumptions() -> str:
    """Say the assumptions in words."""
    return (
        f"{_BROKERS} brokers {_BROKER.name} at {_BROKER.usd_hour} USD/h, one t3.medium at "
        f"{_PRICES['ec2_producer_hour']} USD/h, {_RECORD_BYTES} bytes a record before compression, {_REPLICAS} copies "
        f"kept {_RETENTION_H} h at {_PRICES['msk_storage_gb_month']} USD/GB-month, {_ELSEWHERE:.0%} of the traffic "
        f"between zones at {_PRICES['cross_zone_gb']} USD/GB. Prices are those of plan/prices ({_PRICES.region}, "
        f"{_PRICES.date}), which says which of them were checked. Discounts and monitoring are not included"
    )

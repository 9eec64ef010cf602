"""Estimates the cost of a million messages on Amazon MSK, from stated prices and sizes.

The prices are assumptions near us-east-1's list prices, checked against no price list: look them up before you rely on
them.
"""

_BROKERS, _BROKER_USD_H = 3, 0.204
"""Three kafka.m7g.large, one in each availability zone."""
_PRODUCER_USD_H = 0.0416
"""A t3.medium, as in the plan of the proof of concept."""
_STORAGE_USD_GB_MONTH = 0.10
"""Storage of the brokers."""
_TRANSFER_USD_GB = 0.02
"""Traffic between availability zones, both directions together."""
_ELSEWHERE = 2 / 3
"""With three zones, so much of the traffic has its partition leader in another one than the producer."""
_REPLICAS, _RETENTION_H, _HOURS_A_MONTH = 3, 48, 730
"""How often and how long Kafka keeps a record, and how AWS counts a month."""
_RECORD_BYTES = 350
"""Before compression: a payload of 203, about 130 for key and headers, and the record's own overhead."""


def usd_per_million(rate: float) -> dict[str, float]:
    """Return the cost by part, at `rate` messages a second all month."""
    millions_an_hour = rate * 3600 / 1e6
    gb_a_million = _RECORD_BYTES * 1e6 / 1e9
    return {
        "brokers": _BROKERS * _BROKER_USD_H / millions_an_hour,
        "producer": _PRODUCER_USD_H / millions_an_hour,
        "storage": gb_a_million * _REPLICAS * _STORAGE_USD_GB_MONTH * _RETENTION_H / _HOURS_A_MONTH,
        "transfer": gb_a_million * _ELSEWHERE * _TRANSFER_USD_GB,
    }


def assumptions() -> str:
    """Say the assumptions in words."""
    return (
        f"{_BROKERS} brokers kafka.m7g.large at {_BROKER_USD_H} USD/h, one t3.medium at {_PRODUCER_USD_H} USD/h, "
        f"{_RECORD_BYTES} bytes a record before compression, {_REPLICAS} copies kept {_RETENTION_H} h at "
        f"{_STORAGE_USD_GB_MONTH} USD/GB-month, {_ELSEWHERE:.0%} of the traffic between zones at "
        f"{_TRANSFER_USD_GB} USD/GB. Prices are assumptions near us-east-1's list prices: look them up before you "
        "rely on them. Discounts and monitoring are not included"
    )

"""What a million messages costs on Amazon MSK, from stated prices and sizes.

Prices are assumptions near us-east-1's list prices, held against no price list: look them up before you decide by them.
"""

BROKERS, BROKER_USD_H = 3, 0.204  # kafka.m7g.large
PRODUCER_USD_H = 0.0416  # t3.medium, as in the proof of concept's plan
STORAGE_USD_GB_MONTH = 0.10
TRANSFER_USD_GB = 0.02  # between availability zones, both directions
ELSEWHERE = 2 / 3  # share of the traffic whose leader is in another zone than the producer
REPLICAS, RETENTION_H, HOURS_A_MONTH = 3, 48, 730
RECORD_BYTES = 350  # payload 203, key and headers about 130, record overhead; before compression


def usd_per_million(rate: float) -> dict[str, float]:
    """By part, at `rate` messages a second all month."""
    millions_an_hour = rate * 3600 / 1e6
    gb_a_million = RECORD_BYTES * 1e6 / 1e9
    return {
        "brokers": BROKERS * BROKER_USD_H / millions_an_hour,
        "producer": PRODUCER_USD_H / millions_an_hour,
        "storage": gb_a_million * REPLICAS * STORAGE_USD_GB_MONTH * RETENTION_H / HOURS_A_MONTH,
        "transfer": gb_a_million * ELSEWHERE * TRANSFER_USD_GB,
    }


def assumptions() -> str:
    """In words."""
    return (
        f"{BROKERS} brokers kafka.m7g.large at {BROKER_USD_H} USD/h, one t3.medium at {PRODUCER_USD_H} USD/h, "
        f"{RECORD_BYTES} bytes a record before compression, {REPLICAS} copies kept {RETENTION_H} h at "
        f"{STORAGE_USD_GB_MONTH} USD/GB-month, {ELSEWHERE:.0%} of the traffic between zones at "
        f"{TRANSFER_USD_GB} USD/GB. Prices are assumptions near us-east-1's list prices, to be looked up before "
        "anything is decided by them; no discounts, no monitoring"
    )

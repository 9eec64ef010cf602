"""The ends of partitions, for the statistics: they must not keep the loop that asks."""

from collections.abc import Callable, Collection

from confluent_kafka import Consumer, KafkaException

from consumer.kafka.client import topic_partition

ASK_S = 0.2
"""Seconds that a line of statistics may wait for the ends of paused partitions: the loop polls and commits nothing in
the meantime, and a broker that does not answer would take as long for each of them."""


def high_watermarks(
    client: Consumer, owned: Collection[str], paused: Collection[str], clock: Callable[[], float]
) -> dict[str, int]:
    """Return each partition's end: as last fetched, or asked for where fetching is paused and there is time."""
    known = {}
    until = clock() + ASK_S
    for name in sorted(owned):
        cached = name not in paused or clock() >= until
        try:
            _, high = client.get_watermark_offsets(topic_partition(name), timeout=ASK_S, cached=cached)
        except KafkaException:
            continue
        if high >= 0:
            known[name] = high
    return known

"""Where partitions begin and end, for the statistics: they must not keep the loop that asks."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException

from consumer.kafka.client import topic_partition

ASK_S = 0.2
"""Seconds that a line of statistics may wait for the ends of paused partitions: the loop polls and commits nothing in
the meantime, and a broker that does not answer would take as long for each of them."""


class Watermarks(NamedTuple):
    """The first offset that Kafka still has of a partition, and one past the last; negative is not known."""

    low: int
    high: int


def watermarks(
    client: Consumer, owned: Collection[str], paused: Collection[str], clock: Callable[[], float]
) -> dict[str, Watermarks]:
    """Return those of each partition whose end is known.

    They are as last fetched, or asked for where fetching is paused and there is time.
    """
    known = {}
    until = clock() + ASK_S
    for name in sorted(owned):
        cached = name not in paused or clock() >= until
        try:
            found = Watermarks(*client.get_watermark_offsets(topic_partition(name), timeout=ASK_S, cached=cached))
        except KafkaException:
            continue
        if found.high >= 0:
            known[name] = found
    return known

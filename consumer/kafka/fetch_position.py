"""The client's own position in a partition: one past the last record that it gave, and past what has no record.

The client forgets it where the partition is assigned or sought, until something comes. Otherwise it only rises: where
the fetch goes back by itself (its offset was out of range) the position stays ahead, and a pause goes on there
(docs/adr/0060-three-brokers.md). So whoever sees that has to seek.
"""

from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaException

from consumer.kafka.client import partition_name, topic_partition


def fetched_to(client: Consumer, names: Iterable[str]) -> dict[str, int]:
    """Return the position in each of these partitions of which something came."""
    try:
        places = client.position([topic_partition(name) for name in names])
    except KafkaException:  # one has just left
        return {}
    return {partition_name(each): each.offset for each in places if each.offset >= 0}


def seek(client: Consumer, name: str, offset: int) -> KafkaException | None:
    """Fetch a partition from this offset on; return why it cannot be: it is not fetched yet, or no longer."""
    try:
        client.seek(topic_partition(name, offset))
    except KafkaException as error:
        return error
    return None

"""The lag of a group behind what was acknowledged, from its committed offsets and not from watermarks."""

from collections.abc import Iterable, Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition

from local.demo.proof.reconcile import Acked


def ends_of(acked: Iterable[Acked]) -> dict[tuple[str, int], int]:
    """Return one past the last acknowledged offset of each partition."""
    ends: dict[tuple[str, int], int] = {}
    for message in acked:
        topic, _, number = message.position[0].rpartition("-")
        partition = (topic, int(number))
        ends[partition] = max(ends.get(partition, 0), message.position[1] + 1)
    return ends


class Committed:
    """Asks Kafka for a group's committed offsets without joining the group."""

    def __init__(self, bootstrap: str, group: str) -> None:
        self._consumer = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False, "log_level": 0}
        )

    def behind(self, ends: Mapping[tuple[str, int], int]) -> int | None:
        """Return the records between the committed offsets and `ends` (one past the last offset); None if unknown."""
        try:
            positions = self._consumer.committed([TopicPartition(*place) for place in ends], timeout=2)
        except KafkaException:
            return None
        return sum(max(ends[(at.topic, at.partition)] - max(at.offset, 0), 0) for at in positions)

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()

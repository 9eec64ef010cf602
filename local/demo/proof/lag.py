"""The lag of a group behind what was acknowledged, from its committed offsets and not from watermarks."""

from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition


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

"""How far a group is behind what was acknowledged: from its committed offsets, whatever watermarks the broker tells."""

from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition


class Committed:
    """Asks Kafka where a group stands, without joining it."""

    def __init__(self, bootstrap: str, group: str) -> None:
        self._consumer = Consumer(
            {"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False, "log_level": 0}
        )

    def behind(self, ends: Mapping[tuple[str, int], int]) -> int | None:
        """Records between the group's position and `ends` (one past the last offset); None if Kafka cannot tell."""
        try:
            positions = self._consumer.committed([TopicPartition(*place) for place in ends], timeout=2)
        except KafkaException:
            return None
        return sum(max(ends[(at.topic, at.partition)] - max(at.offset, 0), 0) for at in positions)

    def close(self) -> None:
        """Ends the connection."""
        self._consumer.close()

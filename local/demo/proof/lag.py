"""The lag of a group behind what was acknowledged, from its committed offsets and not from watermarks."""

from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import Consumer, KafkaException, TopicPartition

from producer.state.ack_journal import Acknowledged


class AckedEnds:
    """One past the last acknowledged offset of each partition, from the producer's journal as it grows."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._at = 0
        self._ends: dict[tuple[str, int], int] = {}

    def read(self) -> Mapping[tuple[str, int], int]:
        """Read what is new in the journal, and return the ends by topic and partition."""
        if self._journal.exists():
            with self._journal.open("rb") as file:
                file.seek(self._at)
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            self._at += len(whole)
            for text in whole.decode("utf-8").splitlines(keepends=True):
                line = Acknowledged.of(text)
                place = (line.topic, line.partition)
                self._ends[place] = max(self._ends.get(place, 0), line.offset + 1)
        return self._ends


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

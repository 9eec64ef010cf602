"""Warns in time when a broker is about to discard records that a group has not read.

The embedded broker keeps about 5 MB a partition (as produced: compressed) and silently drops the oldest records beyond
that. A run whose group falls that far behind would be blamed for the broker's loss. The watermarks are right, so the
danger can be seen: nothing is lost while the low watermark is 0, and once it moves, high - low is what the partition
can hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from confluent_kafka import Consumer, TopicPartition

from local.errors import LocalError

_MARGIN = 0.2
"""Share of the window, from its oldest end, in which an unread record counts as endangered."""


class RetentionError(LocalError):
    """A broker discards unread records, or is about to, so the run can no longer prove anything."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a partition holds and where the group is: offsets, `high` and `committed` being the next ones."""

    topic: str
    partition: int
    low: int
    high: int
    committed: int

    @property
    def endangered(self) -> bool:
        """Return whether records are being discarded and the group's next one is in the oldest fifth of the window."""
        unread = self.committed < self.high
        return self.low > 0 and unread and self.committed - self.low < _MARGIN * (self.high - self.low)

    def __str__(self) -> str:
        return (
            f"{self.topic}-{self.partition} holds offsets {self.low} to {self.high}, the group is at {self.committed}"
        )


def require_safe(windows: Iterable[Window]) -> None:
    """Return if every unread record is safe for now.

    Raises:
        RetentionError: names the partitions where one is not.
    """
    if endangered := [str(window) for window in windows if window.endangered]:
        raise RetentionError(
            "The broker is discarding records that have not been dispatched, and no count after this would be right: "
            f"{'; '.join(endangered)}. The embedded broker keeps about 5 MB a partition. Lower RATE or DURATION, or "
            "use KAFKA=apache, which keeps everything."
        )


class RetentionWatch:
    """Watches all partitions of a group; as a context manager, it closes its connection."""

    def __init__(self, bootstrap: str, group: str, topics: Mapping[str, int]) -> None:
        """Connect to the cluster.

        Args:
            bootstrap: the cluster.
            group: whose commits count.
            topics: partitions by topic.
        """
        self._partitions = [TopicPartition(topic, number) for topic, count in topics.items() for number in range(count)]
        # It never subscribes, so it is not a member and causes no rebalance.
        self._client = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "log_level": 2})

    def windows(self, within_s: float = 5.0) -> Sequence[Window]:
        """Return the window of each partition; a group that never committed is at 0.

        Raises:
            KafkaException: the cluster did not answer.
        """
        found = []
        for held in self._client.committed(self._partitions, timeout=within_s):
            low, high = self._client.get_watermark_offsets(held, timeout=within_s)
            found.append(Window(held.topic, held.partition, low, high, max(held.offset, 0)))
        return found

    def check(self) -> None:
        """Raise RetentionError as `require_safe` does; call it about once a second while records flow."""
        require_safe(self.windows())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

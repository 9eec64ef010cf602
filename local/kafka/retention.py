"""Tells in time when a broker is about to discard records that a group has not read.

The embedded broker keeps about 5 MB a partition (as produced: compressed), drops the oldest beyond it, and tells
nobody. A run that lets a group fall so far behind would be judged for a loss that is the broker's. Its watermarks are
right, so the danger shows: nothing can be lost while the low watermark is 0, and once it moves, high - low is what the
partition can hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from confluent_kafka import Consumer, TopicPartition

from local.errors import LocalError

MARGIN = 0.2


class RetentionError(LocalError):
    """A broker discards, or is about to, what the group has not read; the run cannot prove anything any more."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a partition holds, and how far the group has come: offsets, of which `high` and `committed` are the next."""

    topic: str
    partition: int
    low: int
    high: int
    committed: int

    @property
    def endangered(self) -> bool:
        """True when discarding has begun and what the group has yet to read is in the oldest fifth of the window."""
        unread = self.committed < self.high
        return self.low > 0 and unread and self.committed - self.low < MARGIN * (self.high - self.low)

    def __str__(self) -> str:
        return (
            f"{self.topic}-{self.partition} holds offsets {self.low} to {self.high}, the group is at {self.committed}"
        )


def require_safe(windows: Iterable[Window]) -> None:
    """Passes when every unread record is safe for now.

    Raises:
        RetentionError: names the partitions where not.
    """
    if endangered := [str(window) for window in windows if window.endangered]:
        raise RetentionError(
            "The broker is discarding records that have not been dispatched, and no count after this would be right: "
            f"{'; '.join(endangered)}. The embedded broker keeps about 5 MB a partition. Lower RATE or DURATION, or "
            "use KAFKA=apache, which keeps everything."
        )


class RetentionWatch:
    """Looks at all partitions of a group; as a context manager, it closes its connection."""

    def __init__(self, bootstrap: str, group: str, topics: Mapping[str, int]) -> None:
        """
        Args:
            bootstrap: the cluster.
            group: whose commits count.
            topics: partitions by topic.
        """
        self._partitions = [TopicPartition(topic, number) for topic, count in topics.items() for number in range(count)]
        # Never subscribes, so it is no member and causes no rebalance.
        self._client = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "log_level": 2})

    def windows(self, within_s: float = 5.0) -> Sequence[Window]:
        """Low, high and committed offset of each partition; a group that never committed is at 0.

        Raises:
            KafkaException: the cluster did not answer.
        """
        found = []
        for held in self._client.committed(self._partitions, timeout=within_s):
            low, high = self._client.get_watermark_offsets(held, timeout=within_s)
            found.append(Window(held.topic, held.partition, low, high, max(held.offset, 0)))
        return found

    def check(self) -> None:
        """See `require_safe`; call it every second or so while records flow."""
        require_safe(self.windows())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

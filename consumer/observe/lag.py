"""How far a partition is behind: in records, and as the age of the first record that is not done."""

from typing import NamedTuple


class PartitionState(NamedTuple):
    """What is known of a partition; None is not known."""

    low_watermark: int | None
    """The first offset that Kafka still has: what the group had not read below it is gone, and nobody waits for it."""
    high_watermark: int | None
    """One past the last offset, as the broker says."""
    seen: int | None
    """One past the last offset fetched."""
    committed: int | None
    """Where the group goes on."""
    oldest_ms: int | None
    """Since when the first fetched record that is not done has waited (epoch ms); None if all of them are done."""


def end(partition: PartitionState) -> int | None:
    """Return the partition's end: the higher of the broker's high watermark and one past the last offset fetched.

    An embedded broker may report a watermark below what it has already delivered.
    """
    ends = [each for each in (partition.high_watermark, partition.seen) if each is not None and each >= 0]
    return max(ends, default=None)


def lag(partition: PartitionState) -> int | None:
    """Return the records between the committed position and the partition's end; None where either is not known."""
    last = end(partition)
    if last == 0:  # nothing was ever written, so a new group has nothing to commit
        return 0
    if last is None or partition.committed is None:
        return None
    return max(0, last - max(partition.committed, partition.low_watermark or 0))


def lag_s(partition: PartitionState, now_ms: int) -> float | None:
    """Return the age of the first record that is not done.

    It is 0 where nothing waits, and None where it is not known: something waits at the broker, and nothing of it has
    been fetched.
    """
    if partition.oldest_ms is not None:
        return max(0, now_ms - partition.oldest_ms) / 1000
    last, position = end(partition), partition.committed if partition.seen is None else partition.seen
    if last == 0:
        return 0.0
    if last is None or position is None:
        return None
    return 0.0 if max(position, partition.low_watermark or 0) >= last else None

"""Records for the consumer's tests."""

from consumer.event import Record


def record(partition: str, offset: int, size: int = 100, timestamp: int = 1_000) -> Record:
    """A record of no content."""
    return Record(partition, offset, timestamp, size, {"offset": offset})


def ids(records: list[Record]) -> list[tuple[str, int]]:
    """What identifies each record."""
    return [(each.partition, each.offset) for each in records]

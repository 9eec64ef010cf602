"""Records for the consumer's tests."""

from consumer.event import ConsumedRecord, EventSource

SOURCE = EventSource("b:9092")


def record(partition: str, offset: int, size: int = 100, timestamp: int = 1_000) -> ConsumedRecord:
    """Return a record without content."""
    topic, _, number = partition.rpartition("-")
    return ConsumedRecord(partition, offset, timestamp, size, topic, int(number or 0), "CREATE_TIME", None, None, ())


def ids(records: list[ConsumedRecord]) -> list[tuple[str, int]]:
    """Return what identifies each record."""
    return [(each.partition, each.offset) for each in records]

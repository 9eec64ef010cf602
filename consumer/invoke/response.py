"""The function's partial-batch response: which records failed."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from consumer.event import ConsumedRecord


class BatchResult(NamedTuple):
    """Which records of a batch failed."""

    failed: list[ConsumedRecord]
    """In the order of the batch; empty is full success."""
    reason: str = ""
    """Why the whole batch counts as failed although the function answered; empty otherwise."""


Reader = Callable[[Any, Sequence[ConsumedRecord]], BatchResult]
"""Reads what the function answered to a batch."""


def read(answer: Any, batch: Sequence[ConsumedRecord]) -> BatchResult:
    """Read `{"batchItemFailures": [{"itemIdentifier": {"partition": "topic-0", "offset": 100}}]}` as Lambda does.

    `{}`, null and an empty list are full success. Anything that cannot be understood in whole, or names a record
    that is not in the batch, makes the whole batch fail (AWS: "kafka-retry-configurations"): later, not lost.
    """
    if answer is None or answer == {} or answer == []:
        return BatchResult([])
    if not isinstance(answer, dict):
        return _whole(batch, f"the answer is a {type(answer).__name__}, not an object")
    failures = answer.get("batchItemFailures")
    if failures is None or failures == []:
        return BatchResult([])
    if not isinstance(failures, list):
        return _whole(batch, f"batchItemFailures is a {type(failures).__name__}, not a list")
    known = {(record.partition, record.offset) for record in batch}
    failed = set()
    for failure in failures:
        identifier = _identifier(failure)
        if identifier is None:
            return _whole(batch, "an itemIdentifier is not an object of partition and offset")
        if identifier not in known:
            return _whole(batch, f"{ascii(identifier[0])[:200]} offset {identifier[1]} is not in the batch")
        failed.add(identifier)
    return BatchResult([record for record in batch if (record.partition, record.offset) in failed])


def success(answer: Any, batch: Sequence[ConsumedRecord]) -> BatchResult:  # noqa: ARG001 the signature of `read`
    """Take any answer for a success, as a mapping without ReportBatchItemFailures does."""
    return BatchResult([])


def _identifier(failure: Any) -> tuple[str, int] | None:
    item = failure.get("itemIdentifier") if isinstance(failure, dict) else None
    if not isinstance(item, dict):
        return None
    partition, offset = item.get("partition"), item.get("offset")
    if not isinstance(partition, str) or not isinstance(offset, int) or isinstance(offset, bool):
        return None
    if not 0 <= offset < 2**63:
        return None
    return partition, offset


def _whole(batch: Sequence[ConsumedRecord], reason: str) -> BatchResult:
    return BatchResult(list(batch), reason)

"""A line before and after each invocation: after a crash it tells which batches were in flight."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from consumer.event import ranges
from consumer.inflight.batch import RecordBatch


class LineWriter(Protocol):
    """Where lines go."""

    def write(self, line: Mapping[str, Any]) -> None:
        """Write a line; an error stays in here."""
        ...


class Journal:
    """Writes what was invoked, and what it came to."""

    def __init__(self, lines: LineWriter, clock: Callable[[], float]) -> None:
        self._lines = lines
        self._clock = clock

    def before(self, request_id: str, batch: RecordBatch, *, redelivery: bool) -> None:
        """Write that the batch is about to be invoked; `partitions` has the first and the last offset of each."""
        self._lines.write(
            {
                "id": request_id,
                "at": self._clock(),
                "batch": batch.number,
                "attempt": batch.attempt,
                "redelivery": redelivery,
                "records": len(batch.records),
                "partitions": ranges(batch.records),
            }
        )

    def after(self, request_id: str, failed: int, error: str | None) -> None:
        """Write that the invocation is over: `failed` records are retried."""
        self._lines.write({"id": request_id, "at": self._clock(), "done": True, "failed": failed, "error": error})

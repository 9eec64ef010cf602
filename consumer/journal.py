"""A line before and after each invocation: after a crash it tells which batch was in flight."""

import json
from collections.abc import Callable
from typing import Any, TextIO

from consumer.batch import Batch
from consumer.event import ranges


class Journal:
    """Writes JSON lines and flushes each, so that what was written outlives the process (not the machine)."""

    def __init__(self, file: TextIO | None, clock: Callable[[], float]) -> None:
        self._file = file
        self._clock = clock

    def before(self, request_id: str, batch: Batch, redelivery: bool) -> None:
        """The batch is about to be invoked; `partitions` has the first and the last offset of each."""
        self._write(
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
        """The invocation is over: `failed` records are to be tried again."""
        self._write({"id": request_id, "at": self._clock(), "done": True, "failed": failed, "error": error})

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
            self._file.flush()

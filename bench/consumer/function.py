"""The functions that the consumer invokes here, and what counts their records; in the consumer's own process.

The clock runs from the end of the first batch to that of the last one that can be full: the group's start is no part of
it, nor is the window for which the consumer waits with what is left, since no more comes. Environment: BENCH_MESSAGES,
how many records there are, and BENCH_FIGURES, the file that gets the figures.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.consumer.figures import BATCH
from bench.producer.measure import Usage

LATENCY_S = 0.005
"""Of each call to AWS that the dispatcher makes."""


class Counter:
    """Counts records, and writes the figures once less than a batch is left."""

    def __init__(self, wanted: int, path: Path) -> None:
        self._wanted = wanted
        self._path = path
        self._first = self._taken = 0
        self._usage: Usage | None = None
        self._written = False

    def count(self, event: Mapping[str, Any]) -> None:
        """Note a batch that is done."""
        self._taken += sum(map(len, event["records"].values()))
        if self._usage is None:
            self._usage, self._first = Usage(), self._taken
        elif self._taken > self._wanted - BATCH and not self._written:
            self._written = True
            part = self._path.with_suffix(".part")
            part.write_text(json.dumps(self._usage.figures(self._taken - self._first)), encoding="utf-8")
            part.rename(self._path)


COUNTER = Counter(int(os.environ.get("BENCH_MESSAGES", "0")), Path(os.environ.get("BENCH_FIGURES", os.devnull)))


def no_op(event: Mapping[str, Any], _: Any) -> None:
    """Do nothing, successfully."""
    COUNTER.count(event)

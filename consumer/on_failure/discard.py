"""Discards records: writes them to the on-failure destination, in a thread of its own, so that nothing waits for it."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID, uuid4

from comboio.clocks import Clocks
from consumer.event import ConsumedRecord, EventSource
from consumer.inflight.batch import RecordBatch
from consumer.invoke.invocations import Threads
from consumer.on_failure.destination import NotWrittenError, OnFailure
from consumer.on_failure.document import document, object_key

RETRY_S = 5.0
"""Seconds after a write that failed for which no other one is tried: each may take as long to fail."""


class Discarded(NamedTuple):
    """What became of a discard."""

    number: int
    """The one that it was started with."""
    written: bool
    """Whether the records are in the on-failure destination now."""


class Discards:
    """Writes discarded records, one batch after the other. Without a destination nothing can be discarded."""

    def __init__(
        self,
        destination: OnFailure | None,
        mapping: UUID,
        source: EventSource,
        payload_bytes: int,
        function_arn: str,
        threads: Threads,
        log: logging.Logger,
        clocks: Clocks,
    ) -> None:
        self._destination = destination
        self._mapping = mapping
        self._source = source
        self._payload_bytes = payload_bytes
        self._function_arn = function_arn
        self._threads = threads
        self._log = log
        self._clocks = clocks
        self._not_before = float("-inf")

    def must_discard(self, batch: RecordBatch) -> bool:
        """Return whether the batch is a record too large for any event. Without a destination it is invoked anyway."""
        if self._destination is None or len(batch.records) > 1:
            return False
        return batch.records[0].size > self._payload_bytes

    def start(
        self,
        number: int,
        records: Sequence[ConsumedRecord],
        condition: str,
        request_id: str,
        attempts: int,
        *,
        function_error: bool,
    ) -> None:
        """Begin to write records; `collect` returns what became of it, by this number."""
        write = partial(self._write, list(records), condition, request_id, attempts, function_error=function_error)
        self._threads.submit(number, write)

    def collect(self, wait_s: float) -> Discarded | None:
        """Return what one of the discards came to, waiting for it this long; None if none has ended."""
        result = self._threads.result(wait_s)
        if result is None:
            return None
        if result.error is not None:
            self._log.error("records could not be discarded, and are kept: %s", result.error)
        return Discarded(result.number, result.answer is True)

    def stop(self) -> None:
        """End after the writes under way."""
        self._threads.stop()

    def _write(
        self, records: list[ConsumedRecord], condition: str, request_id: str, attempts: int, *, function_error: bool
    ) -> bool:
        """Return whether the records are in the on-failure destination now."""
        if self._destination is None or self._clocks.clock() < self._not_before:
            return False
        at = datetime.fromtimestamp(self._clocks.now() / 1000, UTC)
        key = object_key(self._mapping, at, uuid4())
        content = document(
            records,
            self._source,
            request_id=request_id,
            function_arn=self._function_arn,
            condition=condition,
            attempts=attempts,
            function_error="Unhandled" if function_error else None,
            at=at,
        )
        try:
            self._destination.write(key, content)
        except NotWrittenError as error:
            self._not_before = self._clocks.clock() + RETRY_S
            self._log.error("the on-failure destination failed, so the records are kept: %s", error)
            return False
        self._log.error(
            "discarded %d records, %s; they are in the on-failure destination: %s", len(records), condition, key
        )
        return True

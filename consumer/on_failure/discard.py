"""Discards records: writes them to the on-failure destination."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from consumer.event import ConsumedRecord, EventSource
from consumer.inflight.batch import RecordBatch
from consumer.on_failure.destination import NotWrittenError, OnFailure
from consumer.on_failure.document import document, object_key


class Discards:
    """Writes discarded records. Without a destination nothing can be discarded."""

    def __init__(
        self,
        destination: OnFailure | None,
        mapping: UUID,
        source: EventSource,
        payload_bytes: int,
        function_arn: str,
        log: logging.Logger,
        now: Callable[[], int],
    ) -> None:
        self._destination = destination
        self._mapping = mapping
        self._source = source
        self._payload_bytes = payload_bytes
        self._function_arn = function_arn
        self._log = log
        self._now = now

    def must_discard(self, batch: RecordBatch) -> bool:
        """Return whether the batch is a record too large for any event. Without a destination it is invoked anyway."""
        if self._destination is None or len(batch.records) > 1:
            return False
        return batch.records[0].size > self._payload_bytes

    def write(
        self, records: list[ConsumedRecord], condition: str, request_id: str, attempts: int, *, function_error: bool
    ) -> bool:
        """Return whether the records are in the on-failure destination now."""
        if self._destination is None:
            return False
        at = datetime.fromtimestamp(self._now() / 1000, UTC)
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
            self._log.error("the on-failure destination failed, so the records are kept: %s", error)
            return False
        self._log.error(
            "discarded %d records, %s; they are in the on-failure destination: %s", len(records), condition, key
        )
        return True

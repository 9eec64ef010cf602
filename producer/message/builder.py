"""Builds what a message carries, from readings: the payload that keeps the contract, and the values of the headers."""

from collections.abc import Sequence
from typing import NamedTuple

from producer.iso_time import iso_utc
from producer.message.event_id import EventIds, traceparent
from producer.source.reading import Readings


class Built(NamedTuple):
    """Built messages in columns, a list a field, in the order of their readings."""

    event_ids: list[str]
    """The reading's own event id, or a new one."""
    correlation_ids: list[str]
    """The reading's own correlation id, or its event id."""
    traceparents: list[str]
    """The W3C trace that each event begins."""
    values: list[bytes]
    """The payloads."""


_PAD = len(',"pad":""')
"""Bytes that an empty `pad` field takes; where fewer are missing, a payload stays as it is."""


class MessageBuilder:
    """Builds payloads of at least `size` bytes, filled up by a `pad` field, and the values of the headers."""

    def __init__(self, event_ids: EventIds, size: int) -> None:
        self._event_ids = event_ids
        self._size = size

    def build(self, readings: Readings, now_ms: int) -> Built:
        """Build messages of one source's readings at the time `now_ms` (epoch ms)."""
        event_ids, traceparents = self._event_ids.make(len(readings), now_ms)
        if any(readings.payloads):
            return _completed(readings, event_ids, iso_utc(now_ms))
        columns = zip(event_ids, readings.codigos, readings.occurred_ats, readings.members, strict=True)
        values = [
            f'{{"event_id":"{event_id}","codigo":{codigo},"occurred_at":"{occurred_at}",{members}}}'.encode()
            for event_id, codigo, occurred_at, members in columns
        ]
        if values and min(map(len, values)) < self._size:
            values = [_padded(value, self._size - len(value)) for value in values]
        return Built(event_ids, event_ids, traceparents, values)


def _padded(value: bytes, missing: int) -> bytes:
    return b'%b,"pad":"%b"}' % (value[:-1], b"." * (missing - _PAD)) if missing >= _PAD else value


def _completed(readings: Readings, fresh_ids: Sequence[str], now: str) -> Built:
    """Keep the payloads as they came, and put in front only the fields that the contract lacks."""
    event_ids = [own or fresh for own, fresh in zip(readings.event_ids, fresh_ids, strict=True)]
    values: list[bytes] = []
    for event_id, own, occurred_at, payload in zip(
        event_ids, readings.event_ids, readings.occurred_ats, readings.payloads, strict=True
    ):
        missing = "" if own else f'"event_id":"{event_id}",'
        missing += "" if occurred_at else f'"occurred_at":"{now}",'
        values.append(b"{" + missing.encode() + payload[1:] if missing else payload)
    correlation_ids = [own or event_id for own, event_id in zip(readings.correlation_ids, event_ids, strict=True)]
    return Built(event_ids, correlation_ids, list(map(traceparent, event_ids)), values)

"""Message builder: the payload contract and the headers, from readings."""

from collections.abc import Sequence
from typing import NamedTuple

from producer.iso_time import iso_utc
from producer.message.event_id import EventIds, traceparent
from producer.source.reading import Readings


class Built(NamedTuple):
    """What the builder makes of readings, in columns."""

    event_ids: list[str]
    correlation_ids: list[str]
    traceparents: list[str]
    values: list[bytes]


_PAD = len(',"pad":""')


class MessageBuilder:
    """Builds payloads of at least `size` bytes (a `pad` field fills up what is missing) and what headers say."""

    def __init__(self, event_ids: EventIds, size: int) -> None:
        self._event_ids = event_ids
        self._size = size

    def build(self, readings: Readings, now_ms: int) -> Built:
        """What becomes of the readings of one source at the time `now_ms` (ms since 1970)."""
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
    """The payloads as they came, each with only what the contract misses put in front."""
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

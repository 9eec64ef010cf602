"""Message builder: the payload contract and the headers, from a reading."""

import json
import re
from functools import lru_cache
from hashlib import blake2b

from producer.clock import iso_utc
from producer.event_id import EventIds
from producer.message import Headers
from producer.reading import Reading

_PAD = len(',"pad":""')
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@lru_cache(maxsize=65_536)
def _quoted(text: str) -> str:
    return json.dumps(text)


class MessageBuilder:
    """Builds payloads of at least `size` bytes (a `pad` field fills up what is missing) and their headers.

    The trace id is the event id's own 128 bits, so that whoever has the event finds the trace; the span id is
    its last 64 bits.
    """

    def __init__(self, event_ids: EventIds, size: int) -> None:
        self._event_ids = event_ids
        self._size = size

    def build(self, reading: Reading, now_ms: int) -> tuple[str, bytes, Headers]:
        """`(event_id, value, headers)` of a reading at the time `now_ms` (ms since 1970)."""
        if reading.payload:
            return self._completed(reading, now_ms)
        if reading.event_id:
            event_id = reading.event_id
            quoted = json.dumps(event_id)
            trace = trace_id(event_id)
        else:
            event_id = self._event_ids.make(now_ms)
            quoted = f'"{event_id}"'
            trace = event_id.replace("-", "")
        text = (
            f'{{"event_id":{quoted},"codigo":{reading.codigo},"truck_id":{_quoted(reading.truck_id)},'
            f'"occurred_at":"{reading.occurred_at}"'
        )
        members = f",{reading.members}" if reading.members else ""
        missing = self._size - len(text) - len(members) - 1
        pad = f',"pad":"{"." * (missing - _PAD)}"' if missing >= _PAD else ""
        value = f"{text}{members}{pad}}}".encode()
        return event_id, value, _headers(reading.correlation_id or event_id, trace)

    def _completed(self, reading: Reading, now_ms: int) -> tuple[str, bytes, Headers]:
        """The payload as it came, with only what the contract misses put in front."""
        event_id = reading.event_id or self._event_ids.make(now_ms)
        missing = b"" if reading.event_id else f'"event_id":"{event_id}",'.encode()
        if not reading.occurred_at:
            missing += f'"occurred_at":"{iso_utc(now_ms)}",'.encode()
        value = b"{" + missing + reading.payload[1:] if missing else reading.payload
        return event_id, value, _headers(reading.correlation_id or event_id, trace_id(event_id))


def trace_id(event_id: str) -> str:
    """32 hex digits: the event id's own where it is a UUID, else its hash."""
    if _UUID.fullmatch(event_id):
        return event_id.replace("-", "")
    return blake2b(event_id.encode(), digest_size=16).hexdigest()


def _headers(correlation_id: str, trace: str) -> Headers:
    return [("correlation_id", correlation_id), ("traceparent", f"00-{trace}-{trace[16:]}-01")]

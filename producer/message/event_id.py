"""Event ids: UUID version 7 (RFC 9562), so that ids sort by the time they were made; and the traces that they begin."""

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The canonical text of a UUID of any version, in lower case."""
_COUNTS = [f"{number:03x}" for number in range(1 << 12)]
"""The last 12 bits of an id as text: a look-up costs a third of formatting."""


class Events(NamedTuple):
    """New events in columns."""

    event_ids: list[str]
    """Their ids, in the order that they sort in."""
    traceparents: list[str]
    """The W3C `traceparent` of each."""


class EventIds:
    """Makes event ids. The randomness is never seeded: two processes with one seed would make the same ids.

    `entropy` returns so many random bytes (`os.urandom`).
    """

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy

    def make(self, count: int, ms: int) -> Events:
        """Make `count` new UUIDv7s of the time `ms` (epoch ms), in order, each with its `traceparent`.

        They share 62 random bits, and the last 12 count up: RFC 9562, section 6.2, method 1.

        Raises:
            ValueError: `count` is above 4,096.
        """
        if count > len(_COUNTS):
            raise ValueError(f"at most {len(_COUNTS)} event ids at a time, not {count}")
        bits = int.from_bytes(self._entropy(8))
        time, version = f"{ms >> 16:08x}-{ms & 0xFFFF:04x}", f"7{bits & 0xFFF:03x}"
        variant, node = f"{0x8000 | bits >> 12 & 0x3FFF:04x}", f"{bits >> 26 & (1 << 36) - 1:09x}"
        event, span = f"{time}-{version}-{variant}-{node}", f"{variant}{node}"
        trace = f"00-{time.replace('-', '')}{version}{span}"
        counts = _COUNTS[:count]
        return Events([event + last for last in counts], [f"{trace}{last}-{span}{last}-00" for last in counts])


def traceparent(event_id: str) -> str:
    """Return the trace that an event begins: its id's own 128 bits, so that the event leads to the trace.

    The span id is the last 64 of them. An id that is not a UUID is hashed. It is not sampled: see `TraceSampling`.
    """
    if _UUID.fullmatch(event_id):
        trace_id = event_id.replace("-", "")
    else:
        trace_id = blake2b(event_id.encode(), digest_size=16).hexdigest()
    return f"00-{trace_id}-{trace_id[16:]}-00"

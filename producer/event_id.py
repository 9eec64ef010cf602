"""Event ids: UUID version 7 (RFC 9562), so that ids sort by the time they were made; and the traces they begin."""

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RANDOM_BITS = 73
"""12 after the version, 14 after the variant, and 47 of the last 48: the one left out is room to count up."""
_COUNTER_BITS = 47


class Events(NamedTuple):
    """New events: their ids, and the W3C `traceparent` that goes with each."""

    event_ids: list[str]
    traceparents: list[str]


class EventIds:
    """Makes event ids. Randomness is never seeded: two processes with one seed must not make one id.

    `entropy` gives that many random bytes (`os.urandom`).
    """

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy

    def make(self, count: int, ms: int) -> Events:
        """`count` new UUIDv7s of the time `ms` (since 1970), in order, with `traceparent` as of each.

        The first is random and the others count up from it: "monotonic random", RFC 9562, section 6.2, method 2.
        """
        bits = int.from_bytes(self._entropy((_RANDOM_BITS + 7) // 8))
        time, version = f"{ms >> 16:08x}-{ms & 0xFFFF:04x}", f"7{bits & 0xFFF:03x}"
        variant, first = f"{0x8000 | bits >> 12 & 0x3FFF:04x}", bits >> 26 & (1 << _COUNTER_BITS) - 1
        event, trace = f"{time}-{version}-{variant}-", f"00-{time.replace('-', '')}{version}{variant}"
        tails = [f"{number:012x}" for number in range(first, first + count)]
        return Events([event + tail for tail in tails], [f"{trace}{tail}-{variant}{tail}-01" for tail in tails])


def traceparent(event_id: str) -> str:
    """The trace that an event begins: its id's own 128 bits, so that whoever has the event finds the trace.

    The span id is the last 64 of them. An id that is no UUID is hashed.
    """
    if _UUID.fullmatch(event_id):
        trace_id = event_id.replace("-", "")
    else:
        trace_id = blake2b(event_id.encode(), digest_size=16).hexdigest()
    return f"00-{trace_id}-{trace_id[16:]}-01"

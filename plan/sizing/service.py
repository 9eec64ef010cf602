"""How fast one environment is on a profile's messages: what was measured, and its slowest destination."""

from dataclasses import dataclass

from plan.measured.measured import Measured
from plan.profile.profile import Destination, Kind, Profile

_BASE_BYTES = 200
"""Payload bytes of the messages that were measured; a byte more costs its share of reading and writing JSON."""

_PER_BYTE_SHARE = 0.5
"""The share of a message's time that grows with its bytes; the rest is the same for any message. An assumption."""

_EVENT_BYTES = 330
"""Bytes that a record has in the event beside its payload: names, offsets, key and headers, in JSON."""

BASE64 = 4 / 3
"""Bytes of base64 for a byte of payload."""

_EVENT_LIMIT = 6_000_000
"""Bytes of an event at most: the mapping ends a batch there."""

MOST_RECORDS = 10_000
"""Records of a batch at most, for Lambda's mapping."""


PACK = 100
"""Messages of a pack, as the shipped routing table has it."""


@dataclass(frozen=True, slots=True)
class Service:
    """One environment with one vCPU."""

    batch_s: float
    """Seconds of a batch beside its messages."""
    message_s: float
    """Seconds of a message, the runtime's JSON included."""
    most_records: int
    """Records that fit in a batch."""
    slowest: str | None
    """The destination that takes longer than the code, if one does."""

    def seconds(self, records: float) -> float:
        """Return how long a batch takes."""
        return self.batch_s + records * self.message_s

    @property
    def per_s(self) -> float:
        """Messages a second at most, in full batches; also what one partition gets through."""
        return self.most_records / self.seconds(self.most_records)


def service(profile: Profile, measured: Measured) -> Service:
    """Return how fast one environment is on the profile's messages."""
    way = measured.packed if profile.packed else measured.unpacked
    extra = profile.event_idempotency * (measured.event.message_s - measured.unpacked.message_s)
    larger = 1 + _PER_BYTE_SHARE * (profile.payload_bytes / _BASE_BYTES - 1)
    code_s = (way.message_s + way.json_s) * larger + max(extra, 0.0)
    waits = {each.name: wait_s(each, packed=profile.packed) for each in profile.destinations}
    slowest = max(waits, key=lambda name: waits[name])
    latency = max(each.latency_ms for each in profile.destinations) / 1000
    return Service(
        batch_s=way.batch_s + max(latency - measured.latency_s, 0.0),
        message_s=max(code_s, waits[slowest]),
        most_records=most_records(profile.payload_bytes),
        slowest=slowest if waits[slowest] > code_s else None,
    )


def wait_s(destination: Destination, *, packed: bool) -> float:
    """Return the seconds of waiting for a destination that an average message costs an environment."""
    pack = PACK if packed and destination.kind in (Kind.SQS, Kind.SQS_FIFO) else 1
    return destination.share * destination.latency_ms / 1000 / (destination.batch * pack * destination.concurrency)


def most_records(payload_bytes: int) -> int:
    """Return how many records fit in one batch."""
    return max(1, min(MOST_RECORDS, int(_EVENT_LIMIT // (payload_bytes * BASE64 + _EVENT_BYTES))))

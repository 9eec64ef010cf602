"""Kafka's own hash of a key, by which its partition is chosen."""

from functools import cache
from struct import Struct

SEED = 0x9747B28C
_FACTOR = 0x5BD1E995
_MASK = 0xFFFFFFFF


def kafka_hash(key: bytes) -> int:
    """Return Java's `Utils.toPositive(Utils.murmur2(key))`: a key's partition is this modulo the topic's partitions."""
    size = len(key)
    words, rest = divmod(size, 4)
    state = SEED ^ size
    for word in _words(words).unpack_from(key):
        mixed = word * _FACTOR & _MASK
        state = (state * _FACTOR ^ (mixed ^ mixed >> 24) * _FACTOR) & _MASK
    if rest:
        state = (state ^ int.from_bytes(key[-rest:], "little")) * _FACTOR & _MASK
    state = (state ^ state >> 13) * _FACTOR & _MASK
    return (state ^ state >> 15) & 0x7FFFFFFF


@cache
def _words(count: int) -> Struct:
    return Struct(f"<{count}I")

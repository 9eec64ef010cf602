"""Places a key as Kafka does: murmur2, as Java's client and librdkafka's `murmur2_random` have it."""

_SEED, _M, _MASK = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF
"""The constants of Kafka's murmur2; all its numbers have 32 bits."""


def murmur2(key: bytes) -> int:
    """Return Kafka's hash of a key, made positive."""
    length = len(key)
    h = _SEED ^ length
    whole = length - length % 4
    for start in range(0, whole, 4):
        k = int.from_bytes(key[start : start + 4], "little") * _M & _MASK
        h = (h * _M & _MASK) ^ ((k ^ (k >> 24)) * _M & _MASK)
    if length != whole:
        h = (h ^ int.from_bytes(key[whole:], "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return (h ^ (h >> 15)) & 0x7FFFFFFF

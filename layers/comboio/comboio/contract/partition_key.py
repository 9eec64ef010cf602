"""The key a record carries: what must stay in order together, and so lands on one partition.

The producer declares the key; Kafka chooses the partition from it (murmur2 of the key, as Java does).
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import TypeAlias
from zlib import crc32

PartitionKey: TypeAlias = Callable[[int | str, str], bytes]
"""`(codigo, truck_id) -> key bytes`: pure, the same on every host and in every run; a foreign code may be text."""


class KeyStrategy(StrEnum):
    """What the key is made of. Order holds within a key, load spreads over keys."""

    CODIGO = "codigo"
    TRUCK_ID = "truck_id"
    CODIGO_TRUCK_ID = "codigo+truck_id"
    CODIGO_BUCKET = "codigo+bucket"


def by_codigo(codigo: int | str, truck_id: str) -> bytes:
    """Return `300`: this isolates a code and keeps its order; a heavy code makes a hot partition."""
    del truck_id
    return f"{codigo}".encode()


def by_truck_id(codigo: int | str, truck_id: str) -> bytes:
    """Return `T-000123`: this keeps a truck's whole order; all its codes share one partition."""
    del codigo
    return truck_id.encode()


def by_codigo_truck_id(codigo: int | str, truck_id: str) -> bytes:
    """Return `300:T-000123`: this spreads best, and keeps the order of one code of one truck."""
    return f"{codigo}:{truck_id}".encode()


def by_codigo_bucket(heavy: Collection[int | str], buckets: int) -> PartitionKey:
    """Return `300#7` for the codes in `heavy`, at most `buckets` keys each; plain `300` for the others.

    The bucket is the truck's (CRC-32, the same in every process), so a truck's order within a code holds.

    Raises:
        ValueError: `buckets` is below 1.
    """
    if buckets < 1:
        raise ValueError(f"a heavy code needs at least 1 bucket, not {buckets}")
    listed = frozenset(heavy)

    def key(codigo: int | str, truck_id: str) -> bytes:
        if codigo in listed:
            return f"{codigo}#{crc32(truck_id.encode()) % buckets}".encode()
        return f"{codigo}".encode()

    return key


def partition_key(strategy: KeyStrategy, heavy: Collection[int | str] = (), buckets: int = 8) -> PartitionKey:
    """Return the function that makes keys by `strategy`; `heavy` and `buckets` matter to `codigo+bucket` only."""
    match strategy:
        case KeyStrategy.CODIGO:
            return by_codigo
        case KeyStrategy.TRUCK_ID:
            return by_truck_id
        case KeyStrategy.CODIGO_TRUCK_ID:
            return by_codigo_truck_id
        case KeyStrategy.CODIGO_BUCKET:
            return by_codigo_bucket(heavy, buckets)

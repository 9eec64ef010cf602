"""The pending offsets as bytes for the ledger's item: ranges of offsets that stand alike, compressed.

Format 1: a byte 0x01, then zlib over a JSON array of [first - previous first, count, attempts,
since (ms), served destinations, tokens or null].
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from comboio.ledger import Pending

FORMAT = b"\x01"


class UnreadableLedgerError(Exception):
    """The pending offsets are in a format that this version does not read."""


def encode(pending: Mapping[int, Pending]) -> bytes:
    """Bytes for `pending`; empty for none."""
    if not pending:
        return b""
    rows: list[list[Any]] = []
    end = start = None
    for offset in sorted(pending):
        entry = pending[offset]
        alike = [entry.attempts, entry.since, list(entry.served)]
        if rows and end == offset and rows[-1][2:5] == alike and (rows[-1][5] is None) == (entry.token is None):
            rows[-1][1] += 1
            if entry.token is not None:
                rows[-1][5].append(entry.token)
        else:
            rows.append([offset - (start or 0), 1, *alike, None if entry.token is None else [entry.token]])
            start = offset
        end = offset + 1
    return FORMAT + zlib.compress(json.dumps(rows, separators=(",", ":")).encode(), 1)


def decode(data: bytes) -> dict[int, Pending]:
    """The inverse of `encode`.

    Raises:
        UnreadableLedgerError: another format, or damaged.
    """
    if not data:
        return {}
    if data[:1] != FORMAT:
        raise UnreadableLedgerError(
            f"The ledger's pending offsets are in format {data[0]}; this version reads format 1."
        )
    try:
        rows = json.loads(zlib.decompress(data[1:]))
    except (zlib.error, ValueError) as error:
        raise UnreadableLedgerError(f"The ledger's pending offsets cannot be read: {error}.") from None
    pending = {}
    start = 0
    for step, count, attempts, since, served, tokens in rows:
        start += step
        for index in range(count):
            token = tokens[index] if tokens else None
            pending[start + index] = Pending(attempts, since, tuple(served), token)
    return pending

"""The undone offsets of a ledger as bytes for its item: ranges of offsets that stand alike, compressed.

Format 1: a byte 0x01, then zlib over JSON `{"pending": [[first - previous first, count, attempts, since (ms), served
destinations, tokens or null], ...], "waiting": [[first, last], ...], "waiting_since": ms}`.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from comboio.errors import InvalidDataError
from comboio.ledger.ledger import Pending
from comboio.ledger.offsets import Ranges

FORMAT = b"\x01"


class UnreadableLedgerError(InvalidDataError):
    """The undone offsets are in a format that this version does not read."""


def encode(pending: Mapping[int, Pending], waiting: Ranges = (), waiting_since: int = 0) -> bytes:
    """Bytes for what is undone; empty for nothing."""
    if not pending and not waiting:
        return b""
    fields = {"pending": _rows(pending), "waiting": waiting, "waiting_since": waiting_since}
    return FORMAT + zlib.compress(json.dumps(fields, separators=(",", ":")).encode(), 1)


def decode(data: bytes) -> tuple[dict[int, Pending], Ranges, int]:
    """The inverse of `encode`: pending, waiting, waiting since.

    Raises:
        UnreadableLedgerError: another format, or damaged.
    """
    if not data:
        return {}, (), 0
    if data[:1] != FORMAT:
        raise UnreadableLedgerError(
            f"The ledger's undone offsets are in format {data[0]}; this version reads format 1."
        )
    try:
        fields = json.loads(zlib.decompress(data[1:]))
        waiting = tuple((int(first), int(last)) for first, last in fields["waiting"])
        return _pending(fields["pending"]), waiting, int(fields["waiting_since"])
    except (zlib.error, ValueError, LookupError, TypeError) as error:
        raise UnreadableLedgerError(f"The ledger's undone offsets cannot be read: {error}.") from None


def _rows(pending: Mapping[int, Pending]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    end = start = 0
    for offset in sorted(pending):
        entry = pending[offset]
        alike = [entry.attempts, entry.since, list(entry.served)]
        if rows and end == offset and rows[-1][2:5] == alike and (rows[-1][5] is None) == (entry.token is None):
            rows[-1][1] += 1
            if entry.token is not None:
                rows[-1][5].append(entry.token)
        else:
            rows.append([offset - start, 1, *alike, None if entry.token is None else [entry.token]])
            start = offset
        end = offset + 1
    return rows


def _pending(rows: list[list[Any]]) -> dict[int, Pending]:
    pending = {}
    start = 0
    for step, count, attempts, since, served, tokens in rows:
        start += step
        for index in range(count):
            token = tokens[index] if tokens else None
            pending[start + index] = Pending(attempts, since, tuple(served), token)
    return pending

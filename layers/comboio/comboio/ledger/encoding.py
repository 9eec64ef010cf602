"""A ledger as the attributes of its item, bounded whatever its offsets are.

| attribute | type | |
| --- | --- | --- |
| `first`, `next`, `newest` | N | as in the ledger |
| `unfinished` | B | incomplete and deferred offsets; absent where there are none |
| `gaps` | B | ranges, see range_encoding; absent where there are none |
| `samples` | B | fingerprints |
| `diverted` | M | destination to the last message held for it; absent where there is none |

`unfinished` is a byte 0x02, then zlib over JSON `{"incomplete": [[first - previous first, count, attempts, since (ms),
served destinations, tokens or null, timestamps or null], ...], "deferred": [steps of range_encoding], "since": ms}`.
What does not fit becomes a gap: then it counts as not done, and nothing waits for it.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from comboio.aws.whole_number import whole_number
from comboio.errors import InvalidDataError
from comboio.ledger import range_encoding
from comboio.ledger.ledger import Incomplete, Ledger
from comboio.ledger.offsets import Ranges, difference, ranges, union

FORMAT = b"\x02"
MOST_GAP_BYTES = 300
"""Keeps the item of a partition, its notes included, below the 1 KB of one write unit, whatever gaps there are."""
MOST_UNFINISHED_BYTES = 200_000
"""Half of what DynamoDB takes in an item; some 20,000 incomplete offsets, no two of them alike."""

Attributes = dict[str, Any]
"""Attributes in DynamoDB's own JSON: `{"next": {"N": "10"}}`."""


class UnreadableLedgerError(InvalidDataError):
    """The ledger's item is in a format that this version does not read, or damaged."""


def to_attributes(ledger: Ledger) -> Attributes:
    """Return the attributes of a ledger; those that are absent must be removed from the item."""
    unfinished, ledger = _unfinished(ledger)
    attributes: Attributes = {
        "first": {"N": str(ledger.first)},
        "next": {"N": str(ledger.next)},
        "newest": {"N": str(ledger.newest)},
    }
    if unfinished:
        attributes["unfinished"] = {"B": b64encode(unfinished).decode()}
    if ledger.gaps:
        attributes["gaps"] = {"B": b64encode(range_encoding.fit(ledger.gaps, MOST_GAP_BYTES).data).decode()}
    if ledger.samples:
        flat = [number for pair in ledger.samples.items() for number in pair]
        attributes["samples"] = {"B": b64encode(zlib.compress(json.dumps(flat).encode(), 1)).decode()}
    if ledger.diverted:
        attributes["diverted"] = {"M": {name: {"S": token} for name, token in ledger.diverted.items()}}
    return attributes


def from_attributes(item: Mapping[str, Any]) -> Ledger:
    """Return the ledger of an item as its last owner left it.

    Raises:
        UnreadableLedgerError: another format, or damaged.
    """
    try:
        flat = json.loads(zlib.decompress(_binary(item, "samples"))) if "samples" in item else []
        incomplete, deferred, since = _finished(_binary(item, "unfinished"))
        gaps = range_encoding.decode(_binary(item, "gaps"))
        return Ledger(
            first=_number(item, "first"),
            next=_number(item, "next"),
            newest=_number(item, "newest"),
            incomplete=incomplete,
            deferred=deferred,
            deferred_since=since,
            gaps=_apart(gaps, incomplete, deferred),
            samples=dict(zip(map(int, flat[::2]), map(int, flat[1::2]), strict=True)),
            diverted={name: str(value["S"]) for name, value in item.get("diverted", {}).get("M", {}).items()},
        )
    except (zlib.error, ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
        raise UnreadableLedgerError(
            f"The item of a ledger could not be read ({type(error).__name__}: {error}). It was damaged, or written by "
            "another version of Comboio: deploy that version, or delete the item, which makes its records new."
        ) from None


def _apart(gaps: Ranges, incomplete: Mapping[int, Incomplete], deferred: Ranges) -> Ranges:
    """Gaps that were widened to fit may reach over what is unfinished, which is known better."""
    return difference(gaps, union(ranges(incomplete), deferred))


def _number(item: Mapping[str, Any], name: str) -> int:
    return whole_number(item[name]) if name in item else 0


def _binary(item: Mapping[str, Any], name: str) -> bytes:
    return b64decode(item.get(name, {}).get("B", ""), validate=True)


def _unfinished(ledger: Ledger) -> tuple[bytes, Ledger]:
    """Return the unfinished offsets as bytes, and the ledger; the highest offsets become gaps if they do not fit."""
    while True:
        if not ledger.incomplete and not ledger.deferred:
            return b"", ledger
        fields = {
            "incomplete": _rows(ledger.incomplete),
            "deferred": range_encoding.to_steps(ledger.deferred),
            "since": ledger.deferred_since,
        }
        data = FORMAT + zlib.compress(json.dumps(fields, separators=(",", ":")).encode(), 1)
        if len(data) <= MOST_UNFINISHED_BYTES:
            return data, ledger
        kept = sorted(ledger.incomplete)[: len(ledger.incomplete) // 2]
        dropped = ranges(ledger.incomplete.keys() - set(kept))
        half = len(ledger.deferred) // 2
        ledger = replace(
            ledger,
            incomplete={offset: ledger.incomplete[offset] for offset in kept},
            deferred=ledger.deferred[:half],
            gaps=union(union(ledger.gaps, dropped), ledger.deferred[half:]),
        )


def _finished(data: bytes) -> tuple[dict[int, Incomplete], Ranges, int]:
    if not data:
        return {}, (), 0
    if data[:1] != FORMAT:
        raise ValueError(f"format {data[0]}, where this version reads format {FORMAT[0]}")
    fields = json.loads(zlib.decompress(data[1:]))
    return _incomplete(fields["incomplete"]), range_encoding.from_steps(fields["deferred"]), int(fields["since"])


def _rows(incomplete: Mapping[int, Incomplete]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    end = start = 0
    for offset in sorted(incomplete):
        entry = incomplete[offset]
        alike = [entry.attempts, entry.since, list(entry.served)]
        last = rows[-1] if rows and end == offset else None
        if (
            last is not None
            and last[2:5] == alike
            and (last[5] is None) == (entry.token is None)
            and (last[6] is None) == (entry.timestamp == 0)
        ):
            last[1] += 1
            if entry.token is not None:
                last[5].append(entry.token)
            if entry.timestamp:
                last[6].append(entry.timestamp)
        else:
            tokens = None if entry.token is None else [entry.token]
            timestamps = [entry.timestamp] if entry.timestamp else None
            rows.append([offset - start, 1, *alike, tokens, timestamps])
            start = offset
        end = offset + 1
    return rows


def _incomplete(rows: list[list[Any]]) -> dict[int, Incomplete]:
    incomplete = {}
    start = 0
    for step, number, attempts, since, served, tokens, timestamps in rows:
        start += step
        for index in range(number):
            token = tokens[index] if tokens is not None else None
            timestamp = timestamps[index] if timestamps is not None else 0
            incomplete[start + index] = Incomplete(attempts, since, tuple(served), token, timestamp)
    return incomplete

"""Evidence that a topic was deleted and recreated: its offsets start at 0 again, and are not duplicates.

A log never changes: at one offset there is one record for ever. So either of these proves that the records of a batch
are not those the ledger knows, and nothing less does:

- a record that passes for done has a later timestamp than every record that is done (whoever set the clocks: each done
  record's own timestamp was counted, also one from the future);
- at an offset whose fingerprint was kept there is a record with another fingerprint, or one with another timestamp
  where some destinations were served already.

The ledger then starts over, and knows of nothing as done. If the evidence should be wrong after all (a broker that lost
the end of its log), the price is duplicates, not a loss.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol
from zlib import crc32

from msgspec.structs import replace

from comboio.ledger.duplicate import done
from comboio.ledger.ledger import Ledger

MOST_SAMPLES = 12
"""Fingerprints kept: about 150 bytes of the item."""


class Sampled(Protocol):
    """A record as far as it is looked at here; `timestamp` in epoch ms, 0 or less where there is none."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def fingerprint(record: Sampled) -> int:
    """Return a 32-bit checksum of what a record is."""
    start = crc32(b"%d:%d:" % (record.timestamp, -1 if record.key is None else len(record.key)))
    return crc32(record.value or b"", crc32(record.key or b"", start))


def recreated(ledger: Ledger, records: Sequence[Sampled]) -> bool:
    """Return whether the records (in offset order) prove that the ledger is one of another log."""
    if not records or records[0].offset >= ledger.next:
        return False
    for record in records:
        if record.offset >= ledger.next:
            return False
        sample = ledger.samples.get(record.offset)
        if sample is not None and sample != fingerprint(record):
            return True
        entry = ledger.incomplete.get(record.offset)
        if entry is not None:
            if entry.timestamp and entry.timestamp != record.timestamp:
                return True
        elif record.timestamp > ledger.newest and done(ledger, record.offset):
            return True
    return False


def sample(ledger: Ledger, records: Sequence[Sampled]) -> Ledger:
    """Return the ledger with the fingerprint of a batch's first record, if it lies far enough above all that are kept.

    The distance grows with what is covered, and when there are too many, every second one goes: so a few of them reach
    over all offsets, however many there are, and the very first one always stays.
    """
    if not records:
        return ledger
    if ledger.samples:
        lowest, highest = min(ledger.samples), max(ledger.samples)
        if records[0].offset <= highest + (highest - lowest) // MOST_SAMPLES:
            return ledger
    kept: Mapping[int, int] = {**ledger.samples, records[0].offset: fingerprint(records[0])}
    if len(kept) > MOST_SAMPLES:
        kept = {offset: kept[offset] for offset in sorted(kept)[::2]}
    return replace(ledger, samples=kept)


def start_over(ledger: Ledger) -> Ledger:
    """Return the ledger of another log than the one it knew; what is in the hold queue still must not be overtaken."""
    return Ledger(diverted=ledger.diverted, delivered=ledger.delivered, replayed=ledger.replayed)

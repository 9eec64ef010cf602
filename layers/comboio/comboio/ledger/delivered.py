"""Notes beside a ledger: of what was delivered to an invocation, and of what was replayed past it.

Those of deliveries are taken with the lease, and all are taken off by a settlement.

A crash leaves its notes behind, and so does a delivery that came while another invocation had the lease. The next
owner finds them, and keeps the order of keys behind what they name. That nothing is lost does not rest on them (see
`ledger`): so a note may be short (a span, where the exact offsets do not fit), and there are at most MOST_NOTES.
"""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable

from comboio.ledger import range_encoding
from comboio.ledger.ledger import Delivered
from comboio.ledger.offsets import Ranges

MOST_NOTE_BYTES = 225
MOST_NOTES = 32
"""Notes that an item may have before deliveries to other than the lease's owner are no longer noted."""
CONSOLIDATE_AT = 8
"""Notes that a claim may find before its owner writes what they name into the ledger, so that crash after crash does
not fill the item."""

EXACT, SPANS = "=", "~"


def to_note(offsets: Ranges) -> str:
    """Return the note of some offsets."""
    fitted = range_encoding.fit(offsets, MOST_NOTE_BYTES)
    return (EXACT if fitted.exact else SPANS) + b64encode(fitted.data).decode()


def exact_notes(offsets: Ranges) -> list[str]:
    """Return notes of some offsets, as many as it takes to name no other."""
    note = to_note(offsets)
    if note.startswith(EXACT):
        return [note]
    if len(offsets) == 1:
        ((low, high),) = offsets
        middle = (low + high) // 2
        return [*exact_notes(((low, middle),)), *exact_notes(((middle + 1, high),))]
    half = len(offsets) // 2
    return [*exact_notes(offsets[:half]), *exact_notes(offsets[half:])]


def from_notes(notes: Iterable[str]) -> list[Delivered]:
    """Return what notes say.

    Raises:
        ValueError: one of them is damaged, or of another format.
    """
    found = []
    for note in notes:
        if note[:1] not in (EXACT, SPANS):
            raise ValueError(f"a note of what was delivered begins with {note[:1]!r}")
        try:
            offsets = range_encoding.decode(b64decode(note[1:], validate=True))
        except (zlib.error, TypeError, ValueError) as error:
            raise ValueError(f"a note of what was delivered is damaged ({error})") from None
        found.append(Delivered(note, offsets, note[:1] == EXACT))
    return found

"""Which record of a batch is a duplicate: one whose offset a settlement called done. Pure."""

from enum import Enum

from comboio.ledger.ledger import Ledger
from comboio.ledger.offsets import contains


class Admit(Enum):
    """What the ledger says of an offset."""

    NEW = "new"
    RETRY = "retry"
    DUPLICATE = "duplicate"
    BACKPRESSURE = "backpressure"


def known(ledger: Ledger, offset: int) -> bool:
    """Return whether the ledger covers the offset, and it is in no gap."""
    return ledger.first <= offset < ledger.next and not contains(ledger.gaps, offset)


def done(ledger: Ledger, offset: int) -> bool:
    """Return whether a settlement called the offset done."""
    return known(ledger, offset) and offset not in ledger.incomplete and not contains(ledger.deferred, offset)


def admit(ledger: Ledger, offset: int, most_incomplete: int) -> Admit:
    """Return whether a record may be dispatched; with `most_incomplete` incomplete offsets nothing new is admitted."""
    if offset in ledger.incomplete:
        return Admit.RETRY
    if done(ledger, offset):
        return Admit.DUPLICATE
    return Admit.BACKPRESSURE if len(ledger.incomplete) >= most_incomplete else Admit.NEW

"""Why a destination does not have a message."""

from enum import IntEnum
from typing import NamedTuple


class FaultKind(IntEnum):
    """Why a destination does not have a message, from the mildest to the worst."""

    HELD = 1
    """Not sent: an earlier one of its key failed, the destination is cut off, or time ran out."""
    THROTTLED = 2
    """The destination asks to slow down: nobody's fault, and no attempt used."""
    TRANSIENT = 3
    """It may work later; uses an attempt."""
    PERMANENT = 4
    """The message itself is refused, and always will be."""


class Fault(NamedTuple):
    """What went wrong at a destination; `error` never quotes the message."""

    kind: FaultKind
    error: str
    retry_after_s: float | None = None
    """Seconds that the destination asks to be left alone, if it said so."""


HELD = Fault(FaultKind.HELD, "held back")

"""Why a destination does not have a message."""

from enum import IntEnum
from typing import NamedTuple


class FaultKind(IntEnum):
    """Why a destination does not have a message, from the mildest to the worst."""

    HELD = 1
    """It was not sent: an earlier one of its key failed, the destination is cut off, or time ran out."""
    EXCUSED = 2
    """It failed while its destination was cut off: the destination's own failure, and no attempt is used."""
    THROTTLED = 3
    """The destination asks to slow down: nobody's fault, and no attempt is used."""
    TRANSIENT = 4
    """It may work later; uses an attempt."""
    PERMANENT = 5
    """The message itself is refused, and always will be."""


class Fault(NamedTuple):
    """What went wrong at a destination."""

    kind: FaultKind
    error: str
    """Never quotes the message."""
    retry_after_s: float | None = None
    """Seconds after which the destination says it may be called again; None where it does not say."""


HELD = Fault(FaultKind.HELD, "held back")
NO_ANSWER = Fault(FaultKind.TRANSIENT, "no answer came within the time of the batch; it may have been taken")

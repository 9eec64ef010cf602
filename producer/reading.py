"""What a source gives: what trucks said, before it becomes messages."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol


class Reading(NamedTuple):
    """One reading of one truck.

    `members` are the further fields as JSON object members without the braces (`"lat":-23.5,"lon":-46.6`),
    so that no stage parses or renders them again; empty when there are none. An empty `event_id`,
    `correlation_id` or `occurred_at` means that the source has none and the builder makes one.
    `payload` is the JSON object as it came, where the source has it whole: its bytes go along unchanged.
    """

    codigo: int
    truck_id: str
    occurred_at: str
    members: str = ""
    event_id: str = ""
    correlation_id: str = ""
    payload: bytes = b""


class Refused(NamedTuple):
    """What a source could not make a reading of: why, where it was, and the thing itself."""

    reason: str
    place: str
    content: bytes


class Taken(NamedTuple):
    """What a source gave in one go; `settled` is to be called when all of it is safe, and all that came before."""

    readings: list[Reading]
    refused: Sequence[Refused] = ()
    settled: Callable[[], None] | None = None


class Source(Protocol):
    """Where readings come from. One source belongs to one thread at a time."""

    def read(self, count: int, now_ms: int) -> Taken | None:
        """Up to `count` readings, at the time `now_ms` (ms since 1970).

        Empty when there are none just now, None when there are no more. Never waits.
        """

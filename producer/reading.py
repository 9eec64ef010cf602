"""What a source gives: one thing a truck said, before it becomes a message."""

from typing import NamedTuple, Protocol


class Reading(NamedTuple):
    """One reading of one truck.

    `members` are the further fields as JSON object members without the braces (`"lat":-23.5,"lon":-46.6`),
    so that no stage parses or renders them again; empty when there are none. An empty `event_id` or
    `correlation_id` means that the source has none and the builder makes one.
    """

    codigo: int
    truck_id: str
    occurred_at: str
    members: str = ""
    event_id: str = ""
    correlation_id: str = ""


class Source(Protocol):
    """Where readings come from. One source belongs to one worker thread."""

    def read(self, count: int, now_ms: int) -> list[Reading]:
        """Up to `count` readings, at the time `now_ms` (ms since 1970); none means that there are no more."""
        ...

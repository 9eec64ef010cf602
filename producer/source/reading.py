"""What a source gives: what trucks said, before it becomes messages."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self


class Reading(NamedTuple):
    """One reading of one truck.

    A source either makes its readings up: then `members` are all fields but code and time, as the members of a JSON
    object (`"truck_id":"T-1","lat":-23.5`), so that no stage parses or renders them again. Or it has each whole: then
    `payload` is the JSON object as it came, whose bytes go along unchanged, and an empty `event_id`,
    `correlation_id` or `occurred_at` means that it lacks one and the builder makes it.
    """

    codigo: int
    truck_id: str
    occurred_at: str
    members: str = ""
    event_id: str = ""
    correlation_id: str = ""
    payload: bytes = b""


@dataclass(slots=True)
class Readings:
    """A batch of readings in columns, a list a field."""

    codigos: list[int]
    truck_ids: list[str]
    occurred_ats: list[str]
    members: list[str]
    event_ids: list[str]
    correlation_ids: list[str]
    payloads: list[bytes]

    @classmethod
    def of(cls, readings: Sequence[Reading]) -> Self:
        """These readings, in their order."""
        return cls(
            [reading.codigo for reading in readings],
            [reading.truck_id for reading in readings],
            [reading.occurred_at for reading in readings],
            [reading.members for reading in readings],
            [reading.event_id for reading in readings],
            [reading.correlation_id for reading in readings],
            [reading.payload for reading in readings],
        )

    @classmethod
    def made_up(cls, codigos: list[int], truck_ids: list[str], occurred_at: str, members: list[str]) -> Self:
        """Readings that a source makes up, all at one time."""
        count = len(codigos)
        return cls(codigos, truck_ids, [occurred_at] * count, members, [""] * count, [""] * count, [b""] * count)

    def __len__(self) -> int:
        return len(self.codigos)

    def __getitem__(self, place: int) -> Reading:
        return Reading(
            self.codigos[place],
            self.truck_ids[place],
            self.occurred_ats[place],
            self.members[place],
            self.event_ids[place],
            self.correlation_ids[place],
            self.payloads[place],
        )

    def only(self, places: Iterable[int]) -> Self:
        """Those at `places`."""
        return self.of([self[place] for place in places])


class Refused(NamedTuple):
    """What a source could not make a reading of: why, where it was, and the thing itself."""

    reason: str
    place: str
    content: bytes


class Taken(NamedTuple):
    """What a source gave in one go; `settled` is to be called when all of it is safe, and all that came before."""

    readings: Readings
    refused: Sequence[Refused] = ()
    settled: Callable[[], None] | None = None


class Source(Protocol):
    """Where readings come from. One source belongs to one thread at a time."""

    def read(self, count: int, now_ms: int) -> Taken | None:
        """Up to `count` readings, at the time `now_ms` (ms since 1970).

        Empty when there are none just now, None when there are no more. Never waits.
        """

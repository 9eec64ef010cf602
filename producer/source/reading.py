"""What a source gives: readings of trucks, before they become messages."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self


class Reading(NamedTuple):
    """One reading of one truck, either made up by its source or read whole."""

    codigo: int
    """What kind of reading it is."""
    truck_id: str
    """Whose it is."""
    occurred_at: str
    """When it was made; empty if a whole one does not say, and the builder adds it."""
    members: str = ""
    """Of one made up, all other fields as members of a JSON object (`"lat":-23.5`): no stage renders them again."""
    event_id: str = ""
    """Of a whole one, its own id; empty if it has none, and the builder adds one."""
    correlation_id: str = ""
    """Of a whole one, its own correlation id; empty if it has none."""
    payload: bytes = b""
    """Of a whole one, the JSON object as it came, whose bytes go along unchanged."""


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
        """Return these readings as a batch, in their order."""
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
        """Return readings that a source makes up, all at one time."""
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
        """Return those at `places`."""
        return self.of([self[place] for place in places])


class Rejected(NamedTuple):
    """What a source could not make a reading of."""

    reason: str
    """Why not."""
    place: str
    """Where it was."""
    content: bytes
    """The thing itself."""


class Taken(NamedTuple):
    """What a source gave in one go."""

    readings: Readings
    """What can be sent."""
    rejected: Sequence[Rejected] = ()
    """What cannot."""
    settled: Callable[[], None] | None = None
    """To be called when all of it is safe, and all that came before."""


class Source(Protocol):
    """Where readings come from. One source belongs to one thread at a time."""

    def read(self, count: int, now: int) -> Taken | None:
        """Return up to `count` readings at `now` (epoch ms), without waiting.

        It is empty when there are none just now, and None when there are no more.

        Raises:
            OSError: it cannot be read now; a later call tries again.
        """
        ...

"""A destination that follows a script of faults, then works; remembers what it took."""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

from comboio.aws.json_api import AwsError
from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from tests.simulation.world.place import Place, PlaceOf
from tests.simulation.world.steps import Steps


class Trouble(Enum):
    """What may be wrong with a destination."""

    DOWN = "it fails every call"
    THROTTLE = "it takes the first entry of a call, and throttles the others"
    STALL = "it takes nothing, and answers when the call's time is over"
    LOSE = "it takes what it is sent, and its answers are lost"
    FLAP = "it fails every second call"
    RAISE = "it takes the first entry of a call, and its client then raises an error that nobody expects"
    SHORT = "it takes the first entry of a call, and its answer names no other"


class Downstream:
    """One of the world's destinations."""

    max_entries = 4
    max_bytes = max_entry_bytes = 100_000
    concurrency = 3

    def __init__(self, name: str, script: list[FaultKind | None]) -> None:
        self.name = name
        self.taken: list[Place] = []
        self.down = False
        self.trouble: Trouble | None = None
        self.refused: set[Place] = set()
        """Records that it will never take, and says so."""
        self.poison: set[Place] = set()
        """Records on which it fails always."""
        self.unsure: set[Place] = set()
        """Records that it took without an answer."""
        self.wait: Callable[[float], None] = lambda seconds: None
        """Lets time pass."""
        self.calls = 0
        self.steps = Steps({})
        self.place: PlaceOf = lambda record: (record.source, record.offset)
        self._script = script

    def make(self, parcels: Sequence[Parcel]) -> tuple[Any, int]:
        return None, 10 * len(parcels)

    def send(self, entries: Sequence[Entry], timeout_s: float) -> list[Fault | None]:
        """Answer a call; a step."""
        assert timeout_s > 0
        self.calls += 1
        try:
            if self.trouble is Trouble.STALL:
                self.wait(timeout_s)
            answer = self.steps.take(lambda: self.answer(entries))
            if self.trouble is Trouble.RAISE:
                raise ValueError("scripted")
            return answer[:1] if self.trouble is Trouble.SHORT else answer
        except AwsError:
            return [Fault(FaultKind.TRANSIENT, "no answer")] * len(entries)

    def answer(self, entries: Sequence[Entry]) -> list[Fault | None]:
        """Take what the script lets it take."""
        faults: list[Fault | None] = []
        for entry in entries:
            places = [self.place(parcel.record) for parcel in entry.parcels]
            kind = self._script.pop() if self._script else None
            if kind is FaultKind.PERMANENT or self.refused.intersection(places):
                kind = FaultKind.PERMANENT  # what is refused once is refused always
                self.refused.update(places)
            elif self.down or self.poison.intersection(places):
                kind = FaultKind.TRANSIENT
            elif kind is None and self.trouble is not None:
                kind = self._in_trouble(len(faults))
            if kind is None:
                self.taken += places
                if self.trouble in (Trouble.RAISE, Trouble.SHORT):  # of such an answer nothing is believed
                    self.unsure.update(places)
            elif self.trouble is Trouble.LOSE and kind is FaultKind.TRANSIENT:
                self.taken += places
                self.unsure.update(places)
            faults.append(Fault(kind, "scripted") if kind else None)
        return faults

    def _in_trouble(self, place: int) -> FaultKind | None:
        if self.trouble is Trouble.THROTTLE:
            return FaultKind.THROTTLED if place else None
        if self.trouble is Trouble.FLAP:
            return FaultKind.TRANSIENT if self.calls % 2 else None
        if self.trouble in (Trouble.RAISE, Trouble.SHORT):
            return FaultKind.TRANSIENT if place else None
        return FaultKind.TRANSIENT

"""A destination that follows a script of faults, then works; remembers what it took."""

from collections.abc import Sequence
from typing import Any

from comboio.aws.json_api import AwsError
from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from tests.simulation.steps import Steps
from tests.simulation.stores import Place


class Downstream:
    """One of the world's destinations."""

    max_entries = 4
    max_bytes = max_entry_bytes = 100_000
    concurrency = 3

    def __init__(self, name: str, script: list[FaultKind | None]) -> None:
        self.name = name
        self.taken: list[Place] = []
        self.down = False
        self.calls = 0
        self.steps = Steps({})
        self._script = script
        self._refused: set[Place] = set()

    def make(self, parcels: Sequence[Parcel]) -> tuple[Any, int]:
        return None, 10 * len(parcels)

    def send(self, entries: Sequence[Entry], timeout_s: float) -> list[Fault | None]:
        """Answer a call; a step."""
        assert timeout_s > 0
        self.calls += 1
        try:
            return self.steps.take(lambda: self.answer(entries))
        except AwsError:
            return [Fault(FaultKind.TRANSIENT, "no answer")] * len(entries)

    def answer(self, entries: Sequence[Entry]) -> list[Fault | None]:
        """Take what the script lets it take."""
        faults: list[Fault | None] = []
        for entry in entries:
            places = [(parcel.record.source, parcel.record.offset) for parcel in entry.parcels]
            kind = self._script.pop() if self._script else None
            if kind is FaultKind.PERMANENT or self._refused.intersection(places):
                kind = FaultKind.PERMANENT  # what is refused once is refused always
                self._refused.update(places)
            elif self.down:
                kind = FaultKind.TRANSIENT
            if kind is None:
                self.taken += places
            faults.append(Fault(kind, "scripted") if kind else None)
        return faults

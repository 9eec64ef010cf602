"""From parcels to outcomes: claims their events, sends them, and buries what is dead."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from comboio.claims import Claims
from dispatcher.dead_letters import DeadLetters
from dispatcher.dock import Berth
from dispatcher.events import EventClaims
from dispatcher.outcome import conclude
from dispatcher.parcel import Outcome, Parcel
from dispatcher.shipping import Timetable, ship
from dispatcher.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: before the deadline by `margin_s` no call begins; `checkpoint_s` between checkpoints."""

    margin_s: float
    checkpoint_s: float


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time as it is told to the dispatcher: `now` in ms since 1970, `clock` and `sleep` in seconds of no epoch."""

    now: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Delivery:
    """What a batch of records and a replay of dead letters have in common."""

    def __init__(
        self, claims: Claims, dead_letters: DeadLetters, pool: Executor, patience: Patience, clocks: Clocks
    ) -> None:
        self._claims = claims
        self._dead_letters = dead_letters
        self._pool = pool
        self._patience = patience
        self._clocks = clocks

    def deliver(
        self,
        parcels: Sequence[Parcel],
        berths: Mapping[str, Berth],
        deadline: int,
        checkpoint: Callable[[], None] = lambda: None,
    ) -> dict[str, Traffic]:
        """Gives every parcel without an outcome its outcome, before `deadline` (ms); returns what went
        to each destination."""
        now, clock = self._clocks.now(), self._clocks.clock
        left_s = (deadline - now) / 1000 - self._patience.margin_s
        timetable = Timetable(
            clock, self._clocks.sleep, clock() + max(left_s, 0.0), self._patience.checkpoint_s, checkpoint
        )
        events = EventClaims(self._claims)
        events.take(parcels, now)
        bound = [parcel for parcel in parcels if parcel.outcome is None]
        traffic = ship(bound, berths, self._pool, timetable)
        for parcel in bound:
            conclude(parcel)
        events.conclude()
        self.bury([parcel for parcel in parcels if parcel.outcome is Outcome.DEAD])
        return traffic

    def bury(self, dead: Sequence[Parcel]) -> None:
        """Writes the dead to the DLQ; those that cannot be written become failed."""
        if dead:
            self._dead_letters.bury(dead, self._clocks.now())

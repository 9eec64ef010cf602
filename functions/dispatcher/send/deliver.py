"""From parcels to outcomes: claims their events, sends them, and buries what is dead."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from comboio.claims.claims import Claims
from comboio.clocks import Clocks
from dispatcher.intake.event_claims import EventClaims
from dispatcher.outcome import conclude
from dispatcher.parcel import Outcome, Parcel
from dispatcher.send.dead_letter_queue import DeadLetters
from dispatcher.send.destination_queue import DestinationState
from dispatcher.send.sender import SendBudget, send_all
from dispatcher.send.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: before the deadline by `margin_s` no call begins; `checkpoint_s` between checkpoints."""

    margin_s: float
    checkpoint_s: float


class Delivery:
    """What a batch of records and a replay of dead letters have in common."""

    def __init__(
        self, claims: Claims, dead_letters: DeadLetters, pool: Executor, timeouts: Timeouts, clocks: Clocks
    ) -> None:
        self._claims = claims
        self._dead_letters = dead_letters
        self._pool = pool
        self._patience = timeouts
        self._clocks = clocks

    def deliver(
        self,
        parcels: Sequence[Parcel],
        states: Mapping[str, DestinationState],
        deadline: int,
        checkpoint: Callable[[], None] = lambda: None,
    ) -> dict[str, Traffic]:
        """Give every parcel its outcome before `deadline` (ms); return what went to each destination."""
        now, clock = self._clocks.now(), self._clocks.clock
        left_s = (deadline - now) / 1000 - self._patience.margin_s
        budget = SendBudget(
            clock, self._clocks.sleep, clock() + max(left_s, 0.0), self._patience.checkpoint_s, checkpoint
        )
        events = EventClaims(self._claims)
        events.take(parcels, now)
        bound = [parcel for parcel in parcels if parcel.outcome is None]
        traffic = send_all(bound, states, self._pool, budget)
        for parcel in bound:
            conclude(parcel)
        events.conclude()
        self.write([parcel for parcel in parcels if parcel.outcome is Outcome.DEAD])
        return traffic

    def write(self, dead: Sequence[Parcel]) -> None:
        """Writes the dead to the DLQ; those that cannot be written become failed."""
        if dead:
            self._dead_letters.write(dead, self._clocks.now())

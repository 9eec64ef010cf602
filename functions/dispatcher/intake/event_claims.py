"""Content-level duplicates: the messages of routes with `idempotency = "event"` claim their `event_id`."""

from collections.abc import Iterable

from comboio.claims.claims import FOREVER, Claim, ClaimResult, Claims
from dispatcher.fault import HELD
from dispatcher.parcel import Outcome, Parcel


class EventClaims:
    """The claims of one batch.

    A claim's owner is the record's id. Of two records of a batch with the same `event_id` the first is sent, and
    the other follows what became of it.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._first: dict[str, Parcel] = {}
        self._twins: list[tuple[Parcel, Parcel]] = []

    def take(self, parcels: Iterable[Parcel], now: int) -> None:
        """Claims for those that are to be sent; duplicates and those whose claim is unknown get their outcome."""
        for parcel in parcels:
            if parcel.outcome is not None or parcel.route is None or parcel.route.idempotency != "event":
                continue
            name = _claim(parcel).name
            if name in self._first:
                self._twins.append((parcel, self._first[name]))
                parcel.fault, parcel.outcome = HELD, Outcome.HELD
            else:
                self._first[name] = parcel
        asking = list(self._first.values())
        if not asking:
            return
        for parcel, verdict in zip(asking, self._claims.take(list(map(_claim, asking)), now, FOREVER), strict=True):
            if verdict is ClaimResult.TAKEN:
                parcel.outcome = Outcome.DUPLICATE
            elif verdict is not ClaimResult.OURS:
                parcel.fault, parcel.outcome = HELD, Outcome.HELD

    def conclude(self) -> None:
        """Settles the twins, and gives back the claims of what was not dispatched after all."""
        for twin, first in self._twins:
            if first.outcome in (Outcome.DISPATCHED, Outcome.DUPLICATE):
                twin.outcome = Outcome.DUPLICATE
        undone = (Outcome.FAILED, Outcome.HELD, Outcome.DEAD)
        if lost := [_claim(parcel) for parcel in self._first.values() if parcel.outcome in undone]:
            self._claims.free(lost)


def _claim(parcel: Parcel) -> Claim:
    route = parcel.route.name if parcel.route else ""
    return Claim(f"event#{route}#{parcel.event_id}", parcel.record.id)

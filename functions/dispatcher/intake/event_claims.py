"""Content-level duplicates: the messages of routes with `idempotency = "event"` claim their `event_id`."""

from collections.abc import Iterable, Mapping

from comboio.claims.claims import FOREVER, Claim, ClaimResult, Claims
from dispatcher.intake.claim_item import claim_item
from dispatcher.parcel import FINISHED, Outcome, Parcel


class EventClaims:
    """The claims of one batch.

    A claim's owner is the record's id. Of two records of a batch with the same `event_id` the first is sent, and
    the other follows what became of it.
    """

    def __init__(self, claims: Claims) -> None:
        self._claims = claims
        self._first: dict[str, tuple[Parcel, Claim]] = {}
        self._twins: list[tuple[Parcel, Parcel]] = []

    def take(self, parcels: Iterable[Parcel], now: int, within_s: float) -> None:
        """Claim for those that are to be sent; duplicates and those whose claim is unknown get their outcome."""
        for parcel in parcels:
            if parcel.outcome is not None or parcel.route is None or parcel.route.idempotency != "event":
                continue
            name = f"event#{parcel.route.name}#{parcel.event_id}"
            if name in self._first:
                self._twins.append((parcel, self._first[name][0]))
                parcel.hold()
            else:
                self._first[name] = (parcel, Claim(name, parcel.record.id, claim_item(parcel)))
        asking = list(self._first.values())
        if not asking:
            return
        results = self._claims.take([claim for _, claim in asking], now, FOREVER, within_s=within_s)
        unknown: dict[tuple[str, int], int] = {}
        for (parcel, _), result in zip(asking, results, strict=True):
            if result is ClaimResult.TAKEN:
                parcel.outcome = Outcome.DUPLICATE
            elif result is not ClaimResult.OURS:
                parcel.hold()
                if parcel.token is not None:
                    lane = (parcel.record.partition_name, parcel.token)
                    unknown[lane] = min(parcel.record.offset, unknown.get(lane, parcel.record.offset))
        if unknown:
            _hold_behind((parcel for parcel, _ in asking), unknown)

    def conclude(self, within_s: float) -> None:
        """Settle the twins, and release the claims of what was not dispatched after all."""
        for twin, first in self._twins:
            if first.outcome in FINISHED:
                twin.outcome = Outcome.DUPLICATE
        undone = (Outcome.FAILED, Outcome.HELD, Outcome.DEAD)
        if lost := [claim for parcel, claim in self._first.values() if parcel.outcome in undone]:
            self._claims.free(lost, within_s=within_s)


def _hold_behind(parcels: Iterable[Parcel], unknown: Mapping[tuple[str, int], int]) -> None:
    """Hold what would overtake a record of its key that comes again, as nothing is known of its claim."""
    for parcel in parcels:
        if parcel.outcome is None and parcel.token is not None:
            first = unknown.get((parcel.record.partition_name, parcel.token))
            if first is not None and first < parcel.record.offset:
                parcel.hold()

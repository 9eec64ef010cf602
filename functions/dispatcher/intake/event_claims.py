"""Content-level duplicates: the messages of routes with `idempotency = "event"` claim their `event_id`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic

from comboio.claims.claims import FOREVER, Claim, ClaimResult, Claims
from dispatcher.intake.claim_item import claim_item
from dispatcher.parcel import FINISHED, Outcome, Parcel

Lane = tuple[str, int]
"""A partition and a token: within it records keep order."""


class EventClaims:
    """The claims of one batch.

    A claim's owner is the record's id. Of two records of a batch with the same `event_id` the first is sent, and the
    other follows what became of it: it is a duplicate, comes again, or is a dead letter too. Sent by itself once the
    first is dead, it would come after later ones of its key. Where the claim is the other's own, of an invocation that
    crashed before it was sent, the other one is sent.
    """

    def __init__(self, claims: Claims, clock: Callable[[], float] = monotonic) -> None:
        self._claims = claims
        self._clock = clock
        self._first: dict[str, tuple[Parcel, Claim]] = {}
        self._twins: list[tuple[Parcel, Parcel]] = []

    def take(self, parcels: Iterable[Parcel], now: int, within_s: float) -> None:
        """Claim for those that are to be sent; duplicates and those whose claim is unknown get their outcome."""
        end = self._clock() + within_s
        waiting: dict[Lane, int] = {}
        for parcel in parcels:
            if parcel.outcome is not None or parcel.route is None or parcel.route.idempotency != "event":
                continue
            name = f"event#{parcel.route.name}#{parcel.event_id}"
            if name in self._first:
                first = self._first[name][0]
                self._twins.append((parcel, first))
                parcel.hold()
                if _lane(parcel) != _lane(first):  # else what is behind the first in their lane is behind both
                    _note(waiting, parcel)
            else:
                self._first[name] = (parcel, Claim(name, parcel.record.id, claim_item(parcel)))
        asking = list(self._first.values())
        if not asking:
            return
        results = self._claims.take([claim for _, claim in asking], now, FOREVER, within_s=within_s)
        for (parcel, _), result in zip(asking, results, strict=True):
            if result is ClaimResult.TAKEN:
                parcel.outcome = Outcome.DUPLICATE
            elif result is not ClaimResult.OURS:
                parcel.hold()
                _note(waiting, parcel)
        if copies := [each for each in self._twins if each[1].outcome is Outcome.DUPLICATE]:
            self._find_owners(copies, waiting, end - self._clock())
        if waiting:
            _hold_behind((parcel for parcel, _ in self._first.values()), waiting)

    def _find_owners(self, copies: Sequence[tuple[Parcel, Parcel]], waiting: dict[Lane, int], within_s: float) -> None:
        """Let a copy whose claim it is go in place of the first one; copies of which nothing is known come again."""
        names = {first.record.id: name for name, (first, _) in self._first.items()}
        claims = [Claim(names[first.record.id], twin.record.id, claim_item(twin)) for twin, first in copies]
        results = self._claims.owned(claims, within_s=within_s)
        owners = {
            claim.name: (twin, claim)
            for (twin, _), claim, result in zip(copies, claims, results, strict=True)
            if result is ClaimResult.OURS
        }
        asked = {id(twin) for twin, _ in copies}
        self._twins = [each for each in self._twins if id(each[0]) not in asked]
        for (twin, first), claim, result in zip(copies, claims, results, strict=True):
            owner, _ = owners.get(claim.name, (first, claim))
            if twin is owner:
                twin.outcome = None
                self._first[claim.name] = (twin, claim)
            elif result is ClaimResult.UNKNOWN and owner is first:
                _note(waiting, twin)
            else:
                self._twins.append((twin, owner))

    def follow(self) -> list[Parcel]:
        """Let the twins follow their first ones; return those that are dead now, and need letters of their own."""
        dead = []
        for twin, first in self._twins:
            if first.outcome in FINISHED:
                twin.outcome = Outcome.DUPLICATE
            elif first.outcome is Outcome.DEAD and first.reason is not None:
                twin.served, twin.attempts, twin.since = first.served, first.attempts, first.since
                twin.dead_letter(first.reason, f"as {first.record.position}, of the same event: {first.error}")
                dead.append(twin)
        return dead

    def conclude(self, within_s: float) -> None:
        """Release the claims of the dead, so that a copy may go that is sound.

        What comes again keeps its claim. Released, an invocation past its deadline could take it for a copy that is
        done already, as this one's duplicate, and end; and a record that was sent before a crash would be sent again by
        a copy.
        """
        if dead := [claim for parcel, claim in self._first.values() if parcel.outcome is Outcome.DEAD]:
            self._claims.free(dead, within_s=within_s)


def _lane(parcel: Parcel) -> Lane | None:
    """Return within what a parcel keeps order; None if it keeps none."""
    return None if parcel.token is None else (parcel.record.partition_name, parcel.token)


def _note(waiting: dict[Lane, int], parcel: Parcel) -> None:
    """Note that a parcel comes again, in a lane that may go on without it."""
    lane, offset = _lane(parcel), parcel.record.offset
    if lane is not None:
        waiting[lane] = min(offset, waiting.get(lane, offset))


def _hold_behind(parcels: Iterable[Parcel], waiting: Mapping[Lane, int]) -> None:
    """Hold what would overtake a record of its key that comes again: its claim, or its event, is not known now."""
    for parcel in parcels:
        if parcel.outcome is None and (lane := _lane(parcel)) is not None:
            first = waiting.get(lane)
            if first is not None and first < parcel.record.offset:
                parcel.hold()

"""Content-level duplicates, within a batch and between batches."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.claims.claims import Claim, ClaimResult
from comboio.claims.memory import MemoryClaims
from dispatcher.intake.event_claims import EventClaims
from dispatcher.parcel import Outcome, Parcel
from tests.support.dispatcher import NOW, record, route

EVENT = route(idempotency="event")


def parcel(offset: int, event_id: str) -> Parcel:
    """Return a parcel of a route that asks for event claims."""
    return Parcel(record(offset), f"c-{offset}", EVENT, event_id)


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=6), max_size=6))
def test_an_event_is_dispatched_once(batches: list[list[tuple[str, bool]]]) -> None:
    """However often an event_id comes and however often sending it fails, it is dispatched once at the most, and only
    called a duplicate after it was."""
    claims, offset, dispatched = MemoryClaims(), 0, list[str]()
    for batch in batches:
        events, parcels = EventClaims(claims), []
        for event_id, works in batch:
            offset += 1
            parcels.append((parcel(offset, event_id), works))
        events.take([each for each, _ in parcels], NOW, 9.0)
        for each, works in parcels:
            if each.outcome is None:
                each.outcome = Outcome.DISPATCHED if works else Outcome.FAILED
                dispatched += [each.event_id] * works
        events.conclude(9.0)
        for each, _ in parcels:
            assert each.outcome is not Outcome.DUPLICATE or each.event_id in dispatched
    assert len(dispatched) == len(set(dispatched))


def test_a_redelivery_holds_its_own_claim() -> None:
    """The same record may take its claim again: a crash after the claim must not make it its own duplicate."""
    claims = MemoryClaims()
    EventClaims(claims).take([parcel(1, "a")], NOW, 9.0)
    again = parcel(1, "a")
    EventClaims(claims).take([again], NOW, 9.0)
    assert again.outcome is None


def test_other_routes_claim_nothing() -> None:
    """A route that tells duplicates by offset costs no claims."""
    claims = MemoryClaims()
    EventClaims(claims).take([Parcel(record(1), "c", route(), "a")], NOW, 9.0)
    assert claims.held == {}


@pytest.mark.robustness("input of any shape")
def test_a_claim_that_cannot_be_asked_for_holds_the_record() -> None:
    """When the store is away nothing is sent on a guess: the record comes again."""

    class Away(MemoryClaims):
        def take(self, claims: Sequence[Claim], now: int, until: int, *, within_s: float = 10.0) -> list[ClaimResult]:
            return [ClaimResult.UNKNOWN] * len(claims)

    waiting = parcel(1, "a")
    EventClaims(Away()).take([waiting], NOW, 9.0)
    assert waiting.outcome is Outcome.HELD


@pytest.mark.robustness("input of any shape")
def test_a_claim_that_is_not_known_holds_back_its_key_too() -> None:
    """Where order is kept, no later record of the key overtakes one that waits for its claim; other keys go on."""

    class Forgetful(MemoryClaims):
        def take(self, claims: Sequence[Claim], now: int, until: int, *, within_s: float = 10.0) -> list[ClaimResult]:
            return [ClaimResult.UNKNOWN if "#b" in claim.name else ClaimResult.OURS for claim in claims]

    parcels = [parcel(offset, event_id) for offset, event_id in enumerate("abcd")]
    for each, token in zip(parcels, (7, 7, 7, 8), strict=True):
        each.token = token
    EventClaims(Forgetful()).take(parcels, NOW, 9.0)
    assert [each.outcome for each in parcels] == [None, Outcome.HELD, Outcome.HELD, None]

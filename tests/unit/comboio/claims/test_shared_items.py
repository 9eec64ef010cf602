"""Claims that share an item: one owner each, whatever fails, and at the price of one write for many."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.claims.claims import FOREVER, Claim, ClaimResult
from comboio.claims.memory import MemoryClaims
from comboio.claims.shared_items import FULL, MOST
from tests.support.claims_table import ClaimsTable, item_bytes
from tests.support.dispatcher import NOW

OURS, TAKEN, UNKNOWN = ClaimResult.OURS, ClaimResult.TAKEN, ClaimResult.UNKNOWN
DAY_S, DAY_MS = 86_400, 86_400_000


def claim(event: object, owner: str = "me", item: str = "events#r#1#0") -> Claim:
    """Return the claim of an event by a record."""
    return Claim(f"event#r#{event}", owner, item)


OWNERS = ["t-0:1", "t-0:2", "t-1:1"]
ALL = [
    claim(event, owner, "" if event == "f" else f"events#r#{'abc'.find(event)}")
    for event in "abcdef"
    for owner in OWNERS
]
CLAIMS = st.sampled_from(ALL)
STEPS = st.lists(st.tuples(st.sampled_from(["take", "free"]), st.lists(CLAIMS, max_size=8, unique_by=lambda c: c[0])))


@pytest.mark.robustness("many owners at once")
@given(STEPS)
def test_shared_claims_are_as_good_as_claims_of_their_own(steps: list[tuple[str, list[Claim]]]) -> None:
    """Whoever takes and frees what, in whatever order: each answer is that of a store which keeps claims singly."""
    claims, model = ClaimsTable().claims(), MemoryClaims()
    for verb, asked in steps:
        if verb == "take":
            assert claims.take(asked, NOW, FOREVER) == model.take(asked, NOW, FOREVER)
        else:
            claims.free(asked)
            model.free(asked)
        assert claims.owned(ALL) == model.owned(ALL)


@pytest.mark.robustness("a crash at any step")
@given(STEPS, st.dictionaries(st.integers(1, 12), st.sampled_from(["refused", "lost"])))
def test_whatever_fails_a_claim_has_one_owner(steps: list[tuple[str, list[Claim]]], trouble: dict[int, str]) -> None:
    """A call that is refused, or carried out without an answer, makes what it asked for unknown at the worst: no two
    records are told that an event is theirs, unless it was freed between."""
    claims = ClaimsTable(trouble.get).claims()
    holders: dict[str, str] = {}
    for verb, asked in steps:
        if verb == "free":
            claims.free(asked)
            holders = {name: owner for name, owner in holders.items() if (name, owner) not in {c[:2] for c in asked}}
            continue
        for one, result in zip(asked, claims.take(asked, NOW, FOREVER), strict=True):
            if result is OURS:
                assert holders.setdefault(one.name, one.owner) == one.owner
            elif result is TAKEN:
                assert holders.get(one.name) != one.owner


@pytest.mark.robustness("a crash at any step")
@pytest.mark.parametrize("trouble", ["refused", "lost"])
def test_a_crash_between_claim_and_send_leaves_the_claim_to_its_record(trouble: str) -> None:
    """The redelivered record holds its claim again, whether the write that it never heard of was carried out or not;
    until it has it, a copy of the event is at most first."""
    table = ClaimsTable({1: trouble}.get)
    claims = table.claims()
    assert claims.take([claim("a"), claim("b")], NOW, FOREVER) == [UNKNOWN, UNKNOWN]
    copies = claims.take([claim("a", "copy")], NOW, FOREVER)
    assert copies == ([TAKEN] if trouble == "lost" else [OURS])
    assert claims.take([claim("a"), claim("b")], NOW, FOREVER) == [TAKEN if trouble == "refused" else OURS, OURS]


@pytest.mark.robustness("many owners at once")
def test_of_two_that_ask_at_once_the_first_write_has_it_for_good() -> None:
    """The loser is told so in each of its redeliveries, and the winner in each of its own."""
    claims = ClaimsTable().claims()
    for _ in range(3):
        assert claims.take([claim("a", "t-0:1"), claim("b", "t-0:2")], NOW, FOREVER) == [OURS, OURS]
        assert claims.take([claim("b", "t-1:7"), claim("a", "t-1:8")], NOW, FOREVER) == [TAKEN, TAKEN]


@pytest.mark.robustness("a crash at any step")
def test_a_freed_claim_can_be_taken_again_and_only_it() -> None:
    """Freeing what failed leaves the item's other claims, and another's claim, as they are."""
    claims = ClaimsTable().claims()
    claims.take([claim("a"), claim("b"), claim("c", "you")], NOW, FOREVER)
    claims.free([claim("a"), claim("c"), claim("never taken")])
    asked = [claim("a", "next"), claim("b", "next"), claim("c", "next")]
    assert claims.take(asked, NOW, FOREVER) == [OURS, TAKEN, TAKEN]
    claims.free([claim("a")])  # not its owner any more
    assert claims.take([claim("a", "third")], NOW, FOREVER) == [TAKEN]


@pytest.mark.parametrize("late_ms", [0, DAY_MS - 1_000])
def test_a_duplicate_is_found_a_day_after_its_claim_however_late_that_was(late_ms: int) -> None:
    """Claims that come to an item long after its first one are remembered for as long as the first."""
    table = ClaimsTable()
    claims = table.claims(DAY_S)
    for place, first in enumerate((0, late_ms, 2 * late_ms, 3 * late_ms)):
        now = NOW + first
        table.expire(now)
        assert claims.take([claim(place)], now, FOREVER) == [OURS]
        table.expire(now + DAY_MS)
        assert claims.take([claim(place, "copy")], now + DAY_MS, FOREVER) == [TAKEN]


@pytest.mark.robustness("clocks that jump or are wrong")
def test_a_clock_that_is_behind_shortens_nobodys_claim() -> None:
    """An environment whose clock is two days behind writes to the item: what others claimed there is still remembered
    for their day, and so is what it claims itself."""
    for order in ((0, -2 * DAY_MS), (-2 * DAY_MS, 0)):
        table = ClaimsTable()
        claims = table.claims(DAY_S)
        for place, skew in enumerate(order):
            claims.take([claim(place)], NOW + skew, FOREVER)
        table.expire(NOW + DAY_MS - 1)
        assert claims.take([claim(0, "copy"), claim(1, "copy")], NOW + DAY_MS, FOREVER) == [TAKEN, TAKEN]


def test_what_is_forgotten_can_be_claimed_anew() -> None:
    """After the TTL the event is new; freeing what is gone makes no item that nothing would ever delete."""
    table = ClaimsTable()
    claims = table.claims(DAY_S)
    claims.take([claim("a")], NOW, FOREVER)
    table.expire(NOW + 3 * DAY_MS)
    claims.free([claim("a")])
    assert table.items == {}
    assert claims.take([claim("a", "copy")], NOW + 3 * DAY_MS, FOREVER) == [OURS]


@pytest.mark.robustness("more than fits")
def test_a_full_item_still_knows_its_claims_and_the_others_get_their_own() -> None:
    """However many events share a time (a sender whose clock stands still), duplicates are found, and no item grows
    past what DynamoDB takes, nor a write past some twenty units."""
    table = ClaimsTable()
    claims = table.claims()
    events = [claim(number) for number in range(FULL + 5 * MOST)]
    for start in range(0, len(events), 50):
        assert set(claims.take(events[start : start + 50], NOW, FOREVER)) == {OURS}
    copies = [one._replace(owner="copy") for one in events]
    assert set(claims.take(copies, NOW, FOREVER)) == {TAKEN}
    assert set(claims.take(events, NOW, FOREVER)) == {OURS}
    assert max(map(item_bytes, table.items.values())) < 20_000
    claims.free([events[0], events[-1]])
    assert claims.take([copies[0], copies[-1]], NOW, FOREVER) == [OURS, OURS]


def test_one_write_claims_many() -> None:
    """What falls on one item costs one write of one unit, as long as the item has no more than 1 KB."""
    table = ClaimsTable()
    numbers = count()
    for place in range(20):
        asked = [claim(next(numbers), item=f"events#telemetry#{place:09x}#11") for _ in range(68)]
        table.claims().take(asked, NOW, FOREVER)
    assert (table.calls, table.units) == (20, 20)


def test_a_claim_for_a_while_shares_nothing() -> None:
    """A mark has no end, so a claim that ends has its own item."""
    table = ClaimsTable()
    assert table.claims().take([claim("a")], NOW, NOW + 100) == [OURS]
    assert list(table.items) == ["event#r#a"]

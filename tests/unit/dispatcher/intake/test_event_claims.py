"""Content-level duplicates, within a batch and between batches."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.claims.claims import Claim, ClaimResult
from comboio.claims.memory import MemoryClaims
from comboio.clocks import Clocks
from dispatcher.deadline import Budget
from dispatcher.fault import Fault
from dispatcher.intake.event_claims import EventClaims
from dispatcher.parcel import Outcome, Parcel
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import OpenGate
from tests.support.dispatcher import NOW, PERMANENT, TRANSIENT, Downstream, InlineExecutor, record, route

EVENT = route(idempotency="event")


class Answering(MemoryClaims):
    """Knows nothing of the claims of some events, and says that somebody else's are taken."""

    def __init__(self, unknown: str, taken: str = "") -> None:
        super().__init__()
        self._unknown, self._taken = unknown, taken

    def take(self, claims: Sequence[Claim], now: int, until: int, *, within_s: float = 10.0) -> list[ClaimResult]:
        """See Claims."""
        return [
            ClaimResult.UNKNOWN
            if claim.name[-1] in self._unknown
            else ClaimResult.TAKEN
            if claim.name[-1] in self._taken
            else ClaimResult.OURS
            for claim in claims
        ]


def parcel(offset: int, event_id: str) -> Parcel:
    """Return a parcel of a route that asks for event claims."""
    return Parcel(record(offset), f"c-{offset}", EVENT, event_id)


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=6), max_size=6))
def test_an_event_is_dispatched_once(batches: list[list[tuple[str, bool]]]) -> None:
    """However often an event_id comes, and whether sending it fails at first: once what failed has come again, each
    event was dispatched, and none twice."""
    claims, offset, dispatched, again = MemoryClaims(), 0, list[str](), list[tuple[int, str]]()
    for batch in [*batches, []]:
        events, parcels = EventClaims(claims), [(parcel(before, event_id), True) for before, event_id in again]
        for event_id, works in batch:
            offset += 1
            parcels.append((parcel(offset, event_id), works))
        events.take([each for each, _ in parcels], NOW, 9.0)
        for each, works in parcels:
            if each.outcome is None:
                each.outcome = Outcome.DISPATCHED if works else Outcome.FAILED
                dispatched += [each.event_id] * works
        assert events.follow() == []
        events.conclude(9.0)
        again = [(each.record.offset, each.event_id) for each, _ in parcels if not each.done]
    assert again == []
    assert sorted(dispatched) == sorted({event_id for batch in batches for event_id, _ in batch})


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.HELD])
def test_what_comes_again_keeps_its_claim(outcome: Outcome) -> None:
    """A copy that is called its duplicate is done: were the claim free then, an invocation past its deadline could take
    it for that copy and end, and the event would be nobody's."""
    claims, first = MemoryClaims(), parcel(1, "a")
    events = EventClaims(claims)
    events.take([first], NOW, 9.0)
    first.outcome = outcome
    events.conclude(9.0)
    copy, again = parcel(2, "a"), parcel(1, "a")
    EventClaims(claims).take([copy], NOW, 9.0)
    EventClaims(claims).take([again], NOW, 9.0)
    assert (copy.outcome, again.outcome) == (Outcome.DUPLICATE, None)


def test_a_copy_of_what_died_is_sent() -> None:
    """A sender that mends its message and sends it under the same id is heard."""
    claims, first, mended = MemoryClaims(), parcel(1, "a"), parcel(2, "a")
    events = EventClaims(claims)
    events.take([first], NOW, 9.0)
    first.dead_letter("permanent", "no such code")
    events.conclude(9.0)
    EventClaims(claims).take([mended], NOW, 9.0)
    assert mended.outcome is None


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
    parcels = [parcel(offset, event_id) for offset, event_id in enumerate("abcd")]
    for each, token in zip(parcels, (7, 7, 7, 8), strict=True):
        each.token = token
    EventClaims(Answering("b")).take(parcels, NOW, 9.0)
    assert [each.outcome for each in parcels] == [None, Outcome.HELD, Outcome.HELD, None]


@pytest.mark.robustness("input of any shape")
def test_behind_several_unknown_claims_of_a_key_the_first_counts() -> None:
    """A record between two of its key whose claims are not known waits, in whatever order they are asked for."""
    for order in ("abcd", "cbda"):
        parcels = {event_id: parcel("abcd".index(event_id), event_id) for event_id in order}
        for each in parcels.values():
            each.token = 7
        EventClaims(Answering("bd")).take(parcels.values(), NOW, 9.0)
        assert {event_id: each.outcome for event_id, each in parcels.items()} == {
            "a": None,
            "b": Outcome.HELD,
            "c": Outcome.HELD,
            "d": Outcome.HELD,
        }


@pytest.mark.robustness("input of any shape")
def test_a_copy_of_another_key_holds_back_its_own_key() -> None:
    """It may come again without the first one, and be sent then: nothing of its key goes before."""
    parcels = [parcel(offset, event_id) for offset, event_id in enumerate("aabc")]
    for each, token in zip(parcels, (7, 8, 8, 7), strict=True):
        each.token = token
    EventClaims(MemoryClaims()).take(parcels, NOW, 9.0)
    assert [each.outcome for each in parcels] == [None, Outcome.HELD, Outcome.HELD, None]


@pytest.mark.parametrize("owner", range(4))
def test_a_copy_whose_own_claim_a_crash_left_is_sent(owner: int) -> None:
    """An invocation took the claim for one of the copies, and crashed before it was sent; whichever comes first now,
    that one is sent. The others are its duplicates; were all of them, the event would be lost."""
    claims = MemoryClaims()
    EventClaims(claims).take([parcel(owner, "a")], NOW, 9.0)  # and nothing more: it crashed
    parcels = [parcel(offset, event_id) for offset, event_id in enumerate("aaab")]
    if owner == 3:
        parcels[3] = parcel(3, "a")
    events = EventClaims(claims)
    events.take(parcels, NOW, 9.0)
    sent = [offset for offset, each in enumerate(parcels) if each.outcome is None]
    assert sent == ([owner] if owner == 3 else [owner, 3])
    for offset in sent:
        parcels[offset].outcome = Outcome.DISPATCHED
    assert events.follow() == []
    assert {each.outcome for offset, each in enumerate(parcels) if offset not in sent} == {Outcome.DUPLICATE}


def test_copies_of_what_another_batch_has_are_all_duplicates() -> None:
    """However many they are, the store is asked twice."""

    class Counting(MemoryClaims):
        questions = 0

        def owned(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> list[ClaimResult]:
            self.questions += 1
            return super().owned(claims, within_s=within_s)

    claims = Counting()
    EventClaims(claims).take([parcel(99, "a")], NOW, 9.0)
    parcels = [parcel(offset, "a") for offset in range(50)]
    events = EventClaims(claims)
    events.take(parcels, NOW, 9.0)
    events.follow()
    assert {each.outcome for each in parcels} == {Outcome.DUPLICATE}
    assert claims.questions == 1


def test_the_look_for_owners_has_what_the_claims_left_of_the_time() -> None:
    """Both calls end in the time that a batch has for its claims, whenever they begin."""
    clock, given = [50.0], list[float]()

    class Slow(MemoryClaims):
        def take(self, claims: Sequence[Claim], now: int, until: int, *, within_s: float = 10.0) -> list[ClaimResult]:
            given.append(within_s)
            clock[0] += 2.0
            return [ClaimResult.TAKEN] * len(claims)

        def owned(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> list[ClaimResult]:
            given.append(within_s)
            return super().owned(claims, within_s=within_s)

    EventClaims(Slow(), lambda: clock[0]).take([parcel(1, "a"), parcel(2, "a")], NOW, 9.0)
    assert given == [9.0, 7.0]


def test_copies_come_again_where_nobody_can_say_whose_the_claim_is() -> None:
    """The first is a duplicate of somebody; the copies, of which one may be that, wait, and so does what is behind."""

    class Away(MemoryClaims):
        def owned(self, claims: Sequence[Claim], *, within_s: float = 10.0) -> list[ClaimResult]:
            return [ClaimResult.UNKNOWN] * len(claims)

    claims = Away()
    EventClaims(claims).take([parcel(1, "a")], NOW, 9.0)
    parcels = [parcel(offset, event_id) for offset, event_id in enumerate("aab")]
    for each in parcels:
        each.token = 7
    events = EventClaims(claims)
    events.take(parcels, NOW, 9.0)
    events.follow()
    assert [each.outcome for each in parcels] == [Outcome.DUPLICATE, Outcome.HELD, Outcome.HELD]


def test_a_duplicate_behind_an_unknown_claim_is_a_duplicate() -> None:
    """What somebody else has dispatched is done, whatever waits before it."""
    parcels = [parcel(0, "a"), parcel(1, "b")]
    for each in parcels:
        each.token = 7
    EventClaims(Answering("a", taken="b")).take(parcels, NOW, 9.0)
    assert [each.outcome for each in parcels] == [Outcome.HELD, Outcome.DUPLICATE]


def test_each_record_of_a_mixed_batch_is_asked_for_by_its_own_route() -> None:
    """Records that need no claim, or have their outcome, leave the claims of those behind them as they are."""
    claims = MemoryClaims()
    settled, wanted, again = parcel(2, "x"), parcel(3, "b"), parcel(4, "b")
    settled.hold()
    EventClaims(claims).take([Parcel(record(1), "c", route(), "a"), settled, wanted, again], NOW, 9.0)
    assert [each.outcome for each in (settled, wanted, again)] == [Outcome.HELD, None, Outcome.HELD]
    assert len(claims.held) == 1


def test_a_batch_of_nothing_to_ask_for_makes_no_call() -> None:
    """The store is not asked for no claims."""

    class Untouched(MemoryClaims):
        def take(self, claims: Sequence[Claim], now: int, until: int, *, within_s: float = 10.0) -> list[ClaimResult]:
            raise AssertionError("nothing is to be claimed")

    EventClaims(Untouched()).take([Parcel(record(1), "c", route(), "a")], NOW, 9.0)


_CODES = st.tuples(st.sampled_from("kl"), st.sampled_from("abcde"), st.sampled_from([0, 0, 1, 3, 99]))
"""A record: its key, its event, and in how many batches its destination fails on it; 99: it refuses it."""


class _Letters:
    """A DLQ in memory."""

    def __init__(self) -> None:
        self.dead: list[Parcel] = []

    def write(self, parcels: Sequence[Parcel], now: int, *, within_s: float) -> None:
        """See DeadLetters."""
        for each in parcels:
            each.in_dlq = True
        self.dead += parcels


@given(st.lists(_CODES, max_size=8), st.sampled_from([2, 5]))
def test_a_key_keeps_its_order_whatever_becomes_of_its_events(
    records: list[tuple[str, str, int]], max_attempts: int
) -> None:
    """Copies of an event in one batch, of one key or of two, with a first one that fails or is refused: what arrives of
    a key arrives in order, each event once, and what does not arrive is a duplicate or has a letter."""
    way = route(idempotency="event", ordering="key", max_attempts=max_attempts)
    letters, claims, clock, batch = _Letters(), MemoryClaims(), [0.0], 0

    def verdict(offset: int) -> Fault | None:
        fails = records[offset][2]
        return PERMANENT if fails == 99 else TRANSIENT if batch < fails else None

    target = Downstream("a", verdict, max_entries=1, concurrency=1)
    clocks = Clocks(lambda: NOW, lambda: clock[0], lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    delivery = Delivery(claims, letters, None, OpenGate(), Timeouts(2.0, 60.0), clocks)
    states = {"a": DestinationState(target, lambda _: InlineExecutor())}
    left = [Parcel(record(offset), "c", way, event, ord(key)) for offset, (key, event, _) in enumerate(records)]
    for batch in range(20):  # noqa: B007 `verdict` reads it
        clock[0] += 60
        for each in left:
            each.outcome, each.faults = None, None
        delivery.deliver(left, states, Budget(clocks.clock, clock[0] + 9, clock[0] + 10, clock[0] + 11))
        left = [each for each in left if not each.done]
    assert not left
    for key in "kl":
        arrived = [offset for offset in target.taken if records[offset][0] == key]
        assert arrived == sorted(arrived)
    events = [records[offset][1] for offset in target.taken]
    assert len(events) == len(set(events))
    dead = {each.event_id for each in letters.dead}
    assert {event for _, event, _ in records} == set(events) | dead


@pytest.mark.parametrize(
    ("of_first", "of_twin"),
    [
        (Outcome.DISPATCHED, Outcome.DUPLICATE),
        (Outcome.DIVERTED, Outcome.DUPLICATE),
        (Outcome.DUPLICATE, Outcome.DUPLICATE),
        (Outcome.FAILED, Outcome.HELD),
        (Outcome.HELD, Outcome.HELD),
    ],
)
def test_a_record_of_an_event_that_came_before_it_follows_the_first(of_first: Outcome, of_twin: Outcome) -> None:
    """It is done when the first one is, and comes again where that one does; nobody writes a letter of it."""
    events, first, twin = EventClaims(MemoryClaims()), parcel(1, "a"), parcel(2, "a")
    events.take([first, twin], NOW, 9.0)
    assert twin.outcome is Outcome.HELD, "until the first one has an outcome"
    first.outcome = of_first
    assert events.follow() == [] and twin.outcome is of_twin


def test_a_record_of_an_event_whose_first_one_died_is_a_letter_of_its_own() -> None:
    """For the same reason, and it says whose; where the first one had been served it needs nothing more either."""
    events, first, twin = EventClaims(MemoryClaims()), parcel(1, "a"), parcel(2, "a")
    events.take([first, twin], NOW, 9.0)
    first.served, first.attempts, first.since = ("a",), 3, NOW - 9
    first.dead_letter("permanent", "no such code")
    assert events.follow() == [twin]
    assert (twin.outcome, twin.reason) == (Outcome.DEAD, "permanent")
    assert twin.error is not None and "no such code" in twin.error and first.record.position in twin.error
    assert (twin.served, twin.attempts, twin.since) == (("a",), 3, NOW - 9)

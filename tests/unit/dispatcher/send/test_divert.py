"""Which parcels leave the partition's way, and what they carry along."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.fault import HELD, Fault
from dispatcher.parcel import Parcel
from dispatcher.send.divert import dying, followers, hold_behind, messages_of, to_divert, without
from tests.support.dispatcher import EXCUSED, NOW, PERMANENT, THROTTLED, TRANSIENT, parcel, route

BOTH = route("both", to=("a", "b"), max_attempts=3, when_down="divert")
PART = parcel(0).record.partition_name
WAITS = route("waits", to=("a", "b"), max_attempts=3, when_down="wait")


def faulty(offset: int, fault: Fault | None = HELD, token: int | None = None, **changed: object) -> Parcel:
    """Return a parcel that destination a did not take."""
    one = parcel(offset, BOTH, token=token)
    for name, value in changed.items():
        setattr(one, name, value)
    if fault is not None:
        one.add_fault("a", fault)
    return one


@pytest.mark.parametrize(
    ("fault", "attempts", "dies"),
    [
        (None, 9, False),
        (HELD, 9, False),
        (EXCUSED, 9, False),
        (THROTTLED, 9, False),
        (TRANSIENT, 1, False),
        (TRANSIENT, 2, True),
        (PERMANENT, 0, True),
    ],
)
def test_what_is_used_up_or_refused_is_not_diverted(fault: Fault | None, attempts: int, dies: bool) -> None:
    """A record whose last attempt this was, or that is refused for good, goes to the DLQ and not into the hold queue;
    one that was not asked for, or only slowed down, never."""
    one = faulty(0, fault, attempts=attempts)
    assert dying(one) is dies
    assert bool(to_divert([one])) is (fault is not None and not dies)


def test_a_record_that_dies_for_one_destination_is_diverted_for_none() -> None:
    """Its letter goes whole, with all destinations that do not have it."""
    one = faulty(0)
    one.add_fault("b", PERMANENT)
    assert dying(one) and to_divert([one]) == {}


def test_what_is_diverted_stays_in_order_by_destination_and_by_whether_order_is_kept() -> None:
    """Each group is of one partition and destination, in the order in which its records came; what was taken, has no
    route or is without a fault is in none."""
    parcels = [faulty(0, token=7), faulty(1), faulty(2, token=8), faulty(3, None), faulty(4, token=7)]
    parcels[2].add_fault("b", TRANSIENT)
    unrouted = Parcel(parcel(5).record, "c")
    unrouted.add_fault("a", HELD)
    found = to_divert([*parcels, unrouted])
    assert {group: [one.record.offset for one in those] for group, those in found.items()} == {
        (PART, "a", True): [0, 2, 4],
        (PART, "a", False): [1],
        (PART, "b", True): [2],
    }


def test_a_route_that_waits_diverts_only_what_is_behind_the_hold_queue() -> None:
    """After a change of `when_down`, records that would overtake diverted ones go behind them; others wait in Kafka."""
    one, other = parcel(0, WAITS, token=7), parcel(1, WAITS, token=7)
    hold_behind([one], {(PART, "a")})
    one.add_fault("b", HELD)
    other.add_fault("a", HELD)
    assert {name: len(those) for (_, name, _), those in to_divert([one, other]).items()} == {"a": 1}


def test_only_what_keeps_order_goes_behind_the_hold_queue() -> None:
    """And only for the destination that something waits for, unless that one has it already."""
    loose, ordered, has_it, elsewhere = (
        parcel(offset, BOTH, token=token) for offset, token in enumerate((None, 1, 2, 3))
    )
    has_it.served = ("a",)
    unrouted = Parcel(parcel(9).record, "c", token=5)
    hold_behind([loose, unrouted, ordered, has_it], {(PART, "a"), (f"{PART}0", "b")})
    hold_behind([elsewhere], {(f"{PART}0", "a")})
    assert [set(one.faults or ()) for one in (loose, unrouted, ordered, has_it, elsewhere)] == [
        set(),
        set(),
        {"a"},
        set(),
        set(),
    ]


@given(st.lists(st.tuples(st.none() | st.integers(0, 2), st.booleans()), max_size=12))
def test_followers_are_those_behind_a_leader_of_their_key(rows: list[tuple[int | None, bool]]) -> None:
    """Each record with an earlier leader of its key follows, and no leader does; what keeps no order follows nobody."""
    parcels = [parcel(offset, BOTH, token=token) for offset, (token, _) in enumerate(rows)]
    leading = {offset for offset, (_, leads) in enumerate(rows) if leads}
    found = followers(parcels, lambda one: one.record.offset in leading)
    expected = [
        offset
        for offset, (token, leads) in enumerate(rows)
        if not leads and token is not None and any(rows[before] == (token, True) for before in range(offset))
    ]
    assert [one.record.offset for one in found] == expected
    assert without(parcels, found) == [one for one in parcels if one.record.offset not in expected]


def test_a_message_carries_what_its_drainer_needs() -> None:
    """The attempts with this failure if it used one, when it first failed, and who else has the record."""
    fresh, tried, excused = faulty(0, TRANSIENT), faulty(1, TRANSIENT, attempts=1, since=NOW - 9), faulty(2, EXCUSED)
    fresh.traceparent = "00-1-2-01"
    (message,) = messages_of([fresh, tried, excused], "a", NOW, ordered=True, after="m0")
    assert (message.destination, message.ordered, message.after) == ("a", True, "m0")
    assert [(held.route, held.attempts, held.since, held.served) for held in message.records] == [
        ("both", 1, NOW, ("b",)),
        ("both", 2, NOW - 9, ("b",)),
        ("both", 0, NOW, ("b",)),
    ]
    first = message.records[0]
    assert (first.record, first.correlation_id, first.event_id, first.traceparent) == (
        fresh.record,
        "c-0",
        "e-0",
        "00-1-2-01",
    )
    (loose,) = messages_of([fresh], "a", NOW, ordered=False)
    assert (loose.ordered, loose.after) == (False, "")
    (unrouted,) = messages_of([Parcel(parcel(9).record, "c")], "a", NOW, ordered=False)
    assert [(held.route, held.attempts, held.served) for held in unrouted.records] == [("", 0, ())]

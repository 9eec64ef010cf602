"""Which messages travel together."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.destinations.entry import Encoded
from dispatcher.destinations.packing import packed_body
from dispatcher.fault import FaultKind
from dispatcher.parcel import Parcel
from tests.support.dispatcher import parcel, payload, route
from tests.support.packed import packed

ROUTES = [
    route("one"),
    route("packed", pack=4),
    route("ordered", ordering="key", priority=5),
    route("ordered-packed", ordering="key", pack=3),
]
PARCELS = st.lists(
    st.tuples(st.sampled_from(ROUTES), st.none() | st.integers(0, 200), st.integers(0, 1_500)), max_size=40
).map(
    lambda rows: [
        parcel(offset, way, b"x" * size, token if way.ordering == "key" else None)
        for offset, (way, token, size) in enumerate(rows)
    ]
)


def make(parcels: Sequence[Parcel]) -> Encoded:
    """Return an entry with 100 bytes of its own for each message."""
    return Encoded("", sum(100 + len(parcel.record.value or b"") for parcel in parcels))


@given(PARCELS, st.integers(600, 5_000))
def test_everything_is_packed_once_within_the_limits(parcels: list[Parcel], max_bytes: int) -> None:
    """Each parcel is in one entry, or refused since it alone is too large; no entry breaks a limit or mixes routes."""
    entries, refused = packed(parcels, make, max_bytes)
    inside = [one for entry in entries for one in entry.parcels]
    assert sorted(map(id, [*inside, *(one for one, _ in refused)])) == sorted(map(id, parcels))
    for entry in entries:
        (way,) = {id(one.route): one.route for one in entry.parcels}.values()
        assert way is not None and len(entry.parcels) <= way.pack
        assert entry.size == make(entry.parcels)[1] <= max_bytes
        assert entry.priority == way.priority
    for one, fault in refused:
        assert make((one,))[1] > max_bytes
        assert fault.kind is FaultKind.PERMANENT and str(max_bytes) in fault.error


@given(PARCELS, st.integers(600, 5_000))
def test_a_key_is_in_one_lane_in_its_order(parcels: list[Parcel], max_bytes: int) -> None:
    """All entries with messages of a key have one lane and come in order; what keeps no order has no lane."""
    entries, _ = packed(parcels, make, max_bytes)
    lanes: dict[tuple[str, int], set[int | None]] = {}
    orders: dict[tuple[str, int], list[int]] = {}
    for entry in entries:
        for one in entry.parcels:
            if one.token is None or one.route is None:
                assert entry.lane is None
            else:
                lanes.setdefault((one.route.name, one.token), set()).add(entry.lane)
                orders.setdefault((one.route.name, one.token), []).append(one.record.offset)
    assert all(len(found) == 1 and None not in found for found in lanes.values())
    assert all(order == sorted(order) for order in orders.values())


def test_a_pack_is_filled() -> None:
    """Messages without order fill packs to the route's number."""
    entries, _ = packed([parcel(offset, route(pack=4)) for offset in range(10)], make, 10_000)
    assert [len(entry.parcels) for entry in entries] == [4, 4, 2]


def test_a_pack_of_long_names_is_reckoned_right() -> None:
    """Messages of a topic with the longest name that Kafka allows fill packs without going over an entry's bytes."""
    way = route(pack=1000)
    made: list[int] = []

    def count(parcels: Sequence[Parcel]) -> Encoded:
        made.append(len(parcels))
        return Encoded("", len(packed_body(parcels).encode()))

    load = [parcel(offset, way, payload()) for offset in range(1_000)]
    for one in load:
        one.record.source = f"{'t' * 249}-2147483647"
        one.record.offset += 2**63 - 2_000
        one.correlation_id, one.traceparent = one.record.position, "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    entries, refused = packed(load, count, 100_000)
    assert refused == [] and sum(len(entry.parcels) for entry in entries) == 1_000
    assert len(entries) == len(made), "none came out too large and had to be halved"
    assert all(entry.size > 90_000 for entry in entries[:-1])


def test_a_pack_that_comes_out_too_large_is_split() -> None:
    """Where a pack is larger than was reckoned it is halved until it fits; what alone is too large is refused."""
    parcels = [parcel(offset, route(pack=8), b"x" * (9_000 if offset == 5 else 10)) for offset in range(8)]
    entries, refused = packed(parcels, lambda some: Encoded("", make(some).size + 1_500 * len(some)), 10_000)
    assert [one.record.offset for one, _ in refused] == [5]
    assert [one.record.offset for entry in entries for one in entry.parcels] == [0, 1, 2, 3, 4, 6, 7]
    assert all(entry.size <= 10_000 for entry in entries)


def test_a_packed_body_is_json_with_the_payload_as_it_came() -> None:
    """A pack is one JSON object; each message keeps its bytes, its ids and its trace."""
    first, second = parcel(1, value=payload(note="é \U0001f69a", escaped="\u0000")), parcel(2, value=b' {"a": 1e400} ')
    first.traceparent = "00-abc-01"
    body = packed_body([first, second])
    assert (first.record.value or b"").decode() in body and b' {"a": 1e400} '.decode() in body
    assert json.loads(body) == {
        "comboio_pack": 1,
        "messages": [
            {
                "id": first.record.id,
                "correlation_id": "c-1",
                "traceparent": "00-abc-01",
                "message": json.loads(payload(note="é \U0001f69a", escaped="\u0000")),
            },
            {"id": second.record.id, "correlation_id": "c-2", "message": {"a": float("inf")}},
        ],
    }


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_a_destination_that_cannot_make_an_entry_takes_no_other_with_it() -> None:
    """A defect at one message makes a dead letter of it, and does not end the batch again and again."""

    def make(parcels: Sequence[Parcel]) -> Encoded:
        if any(parcel.record.offset == 2 for parcel in parcels):
            raise ZeroDivisionError
        return Encoded("", 1)

    way = route(pack=9)
    entries, refused = packed([parcel(offset, way) for offset in range(4)], make, 100)
    assert sorted(one.record.offset for entry in entries for one in entry.parcels) == [0, 1, 3]
    assert [(one.record.offset, fault.kind) for one, fault in refused] == [(2, FaultKind.PERMANENT)]

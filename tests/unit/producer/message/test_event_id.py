"""Event ids: UUIDs of version 7, sortable by time, never the same."""

import os
import re
from random import Random
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.message.event_id import EventIds, traceparent

_times = st.integers(0, 2**48 - 1)


@given(_times, st.integers(0, 2**64))
def test_it_is_a_uuid_of_version_7(ms: int, seed: int) -> None:
    """Version, variant and time are where RFC 9562 has them, whatever the bytes are; a batch counts up."""
    ids = [UUID(made) for made in EventIds(Random(seed).randbytes).make(3, ms).event_ids]
    assert {(one.version, one.variant, one.int >> 80) for one in ids} == {(7, RFC_4122, ms)}
    assert ids == sorted(set(ids))


@given(_times, _times)
def test_ids_sort_by_time(one: int, other: int) -> None:
    """The text order of ids is the order of their times."""
    ids = EventIds(os.urandom)
    if one != other:
        assert (ids.make(2, one).event_ids < ids.make(2, other).event_ids) == (one < other)


def test_ids_of_one_millisecond_differ() -> None:
    """Many batches, all at one time, no id twice."""
    ids = EventIds(os.urandom)
    made = [one for _ in range(500) for one in ids.make(10, 1_800_000_000_000).event_ids]
    assert len(set(made)) == 5_000


def test_all_random_bits_are_used() -> None:
    """Bytes of all ones show in every bit but the time's, the version's, the variant's and the count's."""
    made = EventIds(lambda size: b"\xff" * size).make(2, 0).event_ids
    assert made == ["00000000-0000-7fff-bfff-fffffffff000", "00000000-0000-7fff-bfff-fffffffff001"]


def test_so_many_and_no_more() -> None:
    """The last 12 bits count: all of them can be used, and then it says so instead of beginning again."""
    made = EventIds(os.urandom).make(4_096, 0).event_ids
    assert len(set(made)) == 4_096
    assert made == sorted(made)
    with pytest.raises(ValueError, match="4096"):
        EventIds(os.urandom).make(4_097, 0)


@given(_times, st.integers(1, 5))
def test_new_events_have_the_trace_of_their_ids(ms: int, count: int) -> None:
    """What is made with the id in one go is what would be made of the id alone."""
    made = EventIds(os.urandom).make(count, ms)
    assert made.traceparents == [traceparent(event_id) for event_id in made.event_ids]


@pytest.mark.parametrize("event_id", ["0199d0c2-0000-7abc-8abc-0123456789ab", 'order-7"\\', ""])
def test_any_event_id_begins_a_trace(event_id: str) -> None:
    """It is valid for W3C whatever the event id looks like, and the same for the same event."""
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00", traceparent(event_id))
    assert traceparent(event_id) == traceparent(event_id) != traceparent(event_id + "0")


def test_the_trace_id_of_a_uuid_is_the_uuid() -> None:
    """Whoever has the event id has the trace id."""
    expected = "00-0199d0c200007abc8abc0123456789ab-8abc0123456789ab-00"
    assert traceparent("0199d0c2-0000-7abc-8abc-0123456789ab") == expected

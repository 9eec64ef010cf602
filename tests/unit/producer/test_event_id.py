"""Event ids: UUIDs of version 7, sortable by time, never the same."""

import os
from random import Random
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from producer.event_id import EventIds

_times = st.integers(0, 2**48 - 1)


@given(_times, st.integers(0, 2**64))
def test_it_is_a_uuid_of_version_7(ms: int, seed: int) -> None:
    """Version, variant and time are where RFC 9562 has them, whatever the random bytes are."""
    one = UUID(EventIds(Random(seed).randbytes).make(ms))
    assert (one.version, one.variant, one.int >> 80) == (7, RFC_4122, ms)


@given(_times, _times)
def test_ids_sort_by_time(one: int, other: int) -> None:
    """The text order of ids is the order of their times."""
    ids = EventIds(os.urandom)
    if one != other:
        assert (ids.make(one) < ids.make(other)) == (one < other)


def test_ids_of_one_millisecond_differ() -> None:
    """More than a block of random digits, all at one time, no id twice."""
    ids = EventIds(os.urandom)
    made = [ids.make(1_800_000_000_000) for _ in range(5_000)]
    assert len(set(made)) == len(made)


def test_all_random_bits_are_used() -> None:
    """Random bytes of all ones show in every bit that is not the time's, the version's or the variant's."""
    assert EventIds(lambda size: b"\xff" * size).make(0) == "00000000-0000-7fff-bfff-ffffffffffff"

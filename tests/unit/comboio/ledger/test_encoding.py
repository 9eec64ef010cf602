"""The undone offsets survive their bytes, and fit the item."""

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.ledger.encoding import FORMAT, UnreadableLedgerError, decode, encode
from comboio.ledger.ledger import Pending
from comboio.ledger.offsets import ranges

ENTRY = st.builds(
    Pending,
    attempts=st.integers(0, 3),
    since=st.integers(0, 3).map(lambda hour: 1_795_359_600_000 + hour * 3_600_000),
    served=st.lists(st.sampled_from(["a", "b", "c"]), unique=True).map(tuple),
    token=st.none() | st.integers(0, 2**32 - 1),
)
UNDONE = st.dictionaries(st.integers(0, 40) | st.integers(10**12, 10**12 + 5), ENTRY)
WAITING = st.sets(st.integers(0, 60)).map(ranges)


@given(UNDONE, WAITING, st.integers(0, 2**43))
def test_what_is_encoded_is_decoded(undone: dict[int, Pending], waiting: tuple[tuple[int, int], ...], at: int) -> None:
    """Every entry comes back with its attempts, time, destinations and token, and the waiting ranges with them."""
    found = decode(encode(undone, waiting, at))
    assert found == ((undone, waiting, at) if undone or waiting else ({}, (), 0))


def test_nothing_is_no_bytes() -> None:
    """A ledger with nothing undone costs nothing."""
    assert encode({}) == b""
    assert decode(b"") == ({}, (), 0)


def test_offsets_that_stand_alike_cost_next_to_nothing() -> None:
    """10,000 offsets in a row that stand alike are one range."""
    assert len(encode({offset: Pending(1, 1_795_359_600_000, ("a",)) for offset in range(10_000)})) < 200


def test_the_most_that_is_pending_by_default_fits_an_item() -> None:
    """5,000 pending and a batch of 10,000 more, no two alike, stay well below DynamoDB's 400 KB."""
    dice = random.Random(7)
    undone = {
        offset * 2: Pending(
            dice.randrange(1, 10),
            1_795_359_600_000 + dice.randrange(10**8),
            tuple(dice.sample(["telemetry", "events", "alerts"], dice.randrange(3))),
            dice.randrange(2**32),
        )
        for offset in range(15_000)
    }
    assert len(encode(undone)) < 300_000


@pytest.mark.parametrize(
    "data",
    [
        b"\x02" + zlib.compress(b"{}"),
        FORMAT,
        FORMAT + b"garbage",
        FORMAT + zlib.compress(b"not json"),
        FORMAT + zlib.compress(b"[]"),
        FORMAT + zlib.compress(b"{}"),
        FORMAT + zlib.compress(b'{"pending":[[1,2]],"waiting":[],"waiting_since":0}'),
        FORMAT + zlib.compress(b'{"pending":[[1,2,0,0,[],[5]]],"waiting":[],"waiting_since":0}'),
        FORMAT + zlib.compress(b'{"pending":5,"waiting":[],"waiting_since":0}'),
        encode({1: Pending(1)})[:-3],
    ],
    ids=range(10),
)
def test_what_cannot_be_read_is_said_to_be_unreadable(data: bytes) -> None:
    """Another format or damage is an error of its own: nobody goes on with half a ledger."""
    with pytest.raises(UnreadableLedgerError):
        decode(data)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_unreadable(data: bytes) -> None:
    """No bytes raise anything else."""
    for candidate in (data, FORMAT + data, FORMAT + zlib.compress(data)):
        try:
            decode(candidate)
        except UnreadableLedgerError:
            continue

"""Ranges survive their bytes, and fit them whatever the offsets are."""

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.ledger.offsets import Ranges, contains, ranges
from comboio.ledger.range_encoding import decode, encode, fit

OFFSETS = st.sets(st.integers(0, 60) | st.integers(10**12, 10**12 + 60)).map(ranges)


@given(OFFSETS)
def test_what_is_encoded_is_decoded(held: Ranges) -> None:
    """The very same ranges come back."""
    assert decode(encode(held)) == held


@pytest.mark.robustness("clocks, gaps and recreated topics")
@given(OFFSETS, st.integers(1, 40))
def test_what_does_not_fit_is_known_to_less_detail_and_never_forgotten(held: Ranges, most_bytes: int) -> None:
    """Fitted ranges have every offset that was given, and no other if they say so; one range always fits."""
    fitted = fit(held, most_bytes)
    assert all(contains(fitted.held, offset) for pair in held for offset in pair)
    assert decode(fitted.data) == fitted.held
    assert fitted.exact == (fitted.held == held)
    assert len(fitted.data) <= most_bytes or len(fitted.held) <= 1


@given(OFFSETS)
def test_what_fits_to_the_last_byte_keeps_its_detail(held: Ranges) -> None:
    """Nothing is forgotten while there is room."""
    data = encode(held)
    assert fit(held, len(data)) == (held, True, data)


def test_the_newest_offsets_keep_their_detail() -> None:
    """Detail is lost from the lowest offsets on: those are the least likely to come again."""
    dice = random.Random(3)
    held = ranges(dice.sample(range(10**6), 5_000))
    fitted = fit(held, 600)
    assert not fitted.exact and len(fitted.held) > 50
    assert fitted.held[1:] == held[-(len(fitted.held) - 1) :]


@pytest.mark.parametrize("number", range(2, 10))
def test_only_the_lower_half_loses_its_detail_at_a_time(number: int) -> None:
    """Of ranges that are a little too long the lower half becomes one, and all others stay."""
    dice = random.Random(number)
    held = tuple((place * 10**9 + dice.randrange(10**8), place * 10**9 + 5 * 10**8) for place in range(number))
    half = (number + 1) // 2
    coarser = ((held[0][0], held[max(half, 2) - 1][1]), *held[max(half, 2) :])
    assert len(encode(coarser)) < len(encode(held))
    assert fit(held, len(encode(held)) - 1) == (coarser, False, encode(coarser))


@pytest.mark.robustness("clocks, gaps and recreated topics")
def test_regular_gaps_cost_next_to_nothing() -> None:
    """10,000 records with a transaction marker behind each take less than 50 bytes."""
    assert len(encode(ranges(range(5_000_000_000, 5_000_020_000, 2)))) < 50


@pytest.mark.robustness("clocks, gaps and recreated topics")
@pytest.mark.parametrize(
    "data",
    [
        b"x",
        *map(
            zlib.compress,
            (b"{}", b"[1]", b"[1,1]", b"[1,1,1,5]", b"[-1,1,1]", b"[1,-1,1]", b"[1,1,-1]", b"[1,1,true]", b"[1,1,1.5]"),
        ),
        *map(zlib.compress, (b"[1,1,99999999]", b"[1,1,2,1,1,999999]")),
    ],
)
def test_damaged_bytes_are_an_error(data: bytes) -> None:
    """Nobody goes on with half a set of offsets, nor with more than a ledger ever has."""
    with pytest.raises((ValueError, zlib.error)):
        decode(data)

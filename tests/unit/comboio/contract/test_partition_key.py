"""Partition keys: the bytes that the contract says, and what must stay together stays together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.partition_key import KeyStrategy, by_codigo_bucket, partition_key

_codes = st.integers(0, 2**31 - 1)
_trucks = st.text(min_size=1, max_size=64)


@pytest.mark.parametrize(
    ("strategy", "key"),
    [("codigo", b"300"), ("truck_id", b"T-000007"), ("codigo+truck_id", b"300:T-000007"), ("codigo+bucket", b"300#7")],
)
def test_keys_are_the_bytes_of_the_contract(strategy: str, key: bytes) -> None:
    """Every service and every language must make these very bytes, or keys land elsewhere."""
    assert partition_key(KeyStrategy(strategy), heavy=[300], buckets=8)(300, "T-000007") == key


@given(_codes, _trucks, _trucks)
def test_codigo_ignores_the_truck(codigo: int, one: str, other: str) -> None:
    """All trucks of a code share its key."""
    key = partition_key(KeyStrategy.CODIGO)
    assert key(codigo, one) == key(codigo, other)


@given(_codes, _codes, _trucks)
def test_truck_id_ignores_the_code(one: int, other: int, truck_id: str) -> None:
    """A truck's codes share its key."""
    key = partition_key(KeyStrategy.TRUCK_ID)
    assert key(one, truck_id) == key(other, truck_id)


@given(st.tuples(_codes, _trucks), st.tuples(_codes, _trucks))
def test_composite_keys_are_equal_only_for_the_same_code_and_truck(
    one: tuple[int, str], other: tuple[int, str]
) -> None:
    """The separator cannot be mistaken: a code is digits only."""
    key = partition_key(KeyStrategy.CODIGO_TRUCK_ID)
    assert (key(*one) == key(*other)) == (one == other)


@given(_codes, st.lists(_trucks, max_size=50), st.integers(1, 20))
def test_a_heavy_code_has_at_most_its_buckets(codigo: int, trucks: list[str], buckets: int) -> None:
    """The number of keys of a heavy code is bounded, whatever the number of trucks."""
    key = by_codigo_bucket([codigo], buckets)
    expected = {f"{codigo}#{number}".encode() for number in range(buckets)}
    assert {key(codigo, truck) for truck in trucks} <= expected


@given(_codes, _trucks)
def test_a_light_code_has_its_plain_key(codigo: int, truck_id: str) -> None:
    """Buckets are for listed codes only."""
    assert by_codigo_bucket([codigo + 1], 8)(codigo, truck_id) == str(codigo).encode()


def test_buckets_spread_a_fleet() -> None:
    """A fleet uses all buckets, none of them for more than twice its part."""
    key = by_codigo_bucket([300], 8)
    keys = [key(300, f"T-{number:06d}") for number in range(2000)]
    assert max(keys.count(one) for one in set(keys)) < 2 * 2000 / 8
    assert len(set(keys)) == 8


def test_no_bucket_is_refused() -> None:
    """Zero buckets would leave a heavy code without a key."""
    with pytest.raises(ValueError, match="at least 1 bucket"):
        by_codigo_bucket([300], 0)

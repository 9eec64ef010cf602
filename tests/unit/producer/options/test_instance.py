"""Instances: every name is exactly one's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.options.instance import Instance


@given(st.text(), st.integers(1, 50))
def test_shares_are_disjoint_and_complete(name: str, total: int) -> None:
    """Whatever the name and however many there are."""
    assert sum(Instance(number, total).has(name) for number in range(total)) == 1


def test_it_is_read_and_said_alike() -> None:
    """`1/2` is number 1 of 0 and 1."""
    assert Instance.parse("1/2") == (1, 2)
    assert repr(Instance.parse("1/2")) == "1/2"


@pytest.mark.parametrize("text", ["2/2", "1", "a/b", "-1/2", "0/0"])
def test_a_wrong_one_is_explained(text: str) -> None:
    """With what it looks like when right."""
    with pytest.raises(ValueError, match="0/2 and 1/2"):
        Instance.parse(text)

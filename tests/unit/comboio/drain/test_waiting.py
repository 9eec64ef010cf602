"""What is told of an order group that waits survives the table, and what is foreign there is nothing."""

import pytest

from comboio.drain.waiting import MOST_CODES, Waiting, counted

GROUP = Waiting("b", "t", 3, 7, {"300": 5, "": 2}, 1_000, 4, "500", 2_000, 92_000, ("r1", "r2"))


def test_it_comes_back_as_it_was_stored() -> None:
    """Every field is what it was."""
    assert Waiting.from_json(GROUP.to_json()) == GROUP


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize("text", ["", "1", "{}", "null", GROUP.to_json().replace("2000", '"x"')])
def test_what_cannot_be_read_is_none(text: str) -> None:
    """An item of another version hides itself, and no other."""
    assert Waiting.from_json(text) is None


def test_codes_are_bounded_and_none_is_lost() -> None:
    """Beyond the maximum they are counted together, so an item stays small whatever the message has."""
    codes = {str(code): code + 1 for code in range(100)}
    shown = counted(codes)
    assert len(shown) == MOST_CODES + 1 and sum(shown.values()) == sum(codes.values())
    assert shown["99"] == 100

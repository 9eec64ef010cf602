"""Axes have round steps, and no more times than stand beside each other."""

from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from charts.scale import MOST_TIMES, number, round_step, times


@given(st.floats(1e-6, 1e12))
def test_a_step_is_round_and_not_below_what_is_asked(least: float) -> None:
    """The step is at least what is asked, and less than twice of it."""
    step = round_step(least)
    assert least <= step < 2 * least
    assert isclose(float(f"{step:.1e}"), step)


@given(st.floats(0, 1e7))
def test_the_times_of_an_axis_begin_at_zero_and_are_few(last_s: float) -> None:
    """From a second to months: the first is 0, none lies behind the end, and their words differ."""
    found = times(last_s)
    assert found[0][0] == 0 and found[-1][0] <= last_s
    assert len(found) <= MOST_TIMES + 1
    assert len({written for _, written in found}) == len(found)


def test_numbers_are_short() -> None:
    """Thousands are k, fractions have two digits, and 0 is 0."""
    assert [number(each) for each in (0, 0.25, 9.5, 12, 1_000, 1_500, 13_400)] == [
        *("0", "0.25", "9.5", "12", "1k", "1.5k", "13k")
    ]

"""The ramp-up plan: read from text, and the step that is due."""

import pytest

from producer.options.ramp import RampStep, parse_ramp, step_at


def test_threads_and_rates_are_told_apart() -> None:
    """A plain number is threads, one with /s a rate; times in seconds or minutes."""
    assert parse_ramp("1:30s, 5:60,10:2m") == (
        RampStep(30, threads=1),
        RampStep(60, threads=5),
        RampStep(120, threads=10),
    )
    assert parse_ramp("1000/s:0.5s") == (RampStep(0.5, rate=1000),)
    assert parse_ramp("") == ()


@pytest.mark.parametrize("text", ["1", "1:", "0:30s", "1:0s", "x:30s", "1/m:30s", "-1:30s", "1:30h", "13000:30s"])
def test_a_wrong_plan_is_explained(text: str) -> None:
    """The message has the part that is wrong."""
    with pytest.raises(ValueError, match=text):
        parse_ramp(text)


def test_each_step_is_due_in_its_time() -> None:
    """The end of one is the beginning of the next; after the last there is none."""
    steps = parse_ramp("1:30s,5:60s")
    assert [step_at(steps, at) for at in (0, 29.9)] == [(steps[0], 30), (steps[0], 30)]
    assert [step_at(steps, at) for at in (30, 89.9)] == [(steps[1], 90), (steps[1], 90)]
    assert step_at(steps, 90) is None
    assert step_at((), 0) is None

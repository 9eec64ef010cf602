"""Standing still is told from having nothing to do."""

import pytest

from consumer.observe.stall import Stall


def test_waiting_without_an_end_grows() -> None:
    """From the first moment at which records wait, or the last at which one was done."""
    stall = Stall()
    told = [
        stall.seconds(at, waiting=waiting, done=done)
        for at, waiting, done in [
            (100, False, False),
            (200, True, False),
            (210, True, False),
            (215, True, True),
            (218, True, False),
            (220, False, True),
            (300, True, False),
        ]
    ]
    assert told == [0, 0, 10, 0, 3, 0, 0]


@pytest.mark.parametrize("done", [True, False])
def test_idle_is_not_standing_still(done: bool) -> None:
    """However long nothing is there to be done."""
    stall = Stall()
    assert [stall.seconds(at, waiting=False, done=done) for at in (0, 1_000_000)] == [0, 0]

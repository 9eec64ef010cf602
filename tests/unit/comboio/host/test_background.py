"""Work in the background holds up nobody, and what can be done is done by the end."""

from threading import Event

import pytest

from comboio.host.background import Background


def test_everything_is_taken_in_order_and_then_it_ends() -> None:
    """A close waits for what is queued, and `end` comes last."""
    taken: list[int] = []
    background = Background(taken.append, "test", 100, lambda: taken.append(-1))
    for number in range(50):
        background.put(number)
    background.close()
    assert taken == [*range(50), -1]


def test_a_flush_waits_for_what_is_queued() -> None:
    """Afterwards everything was taken."""
    taken: list[int] = []
    background = Background(taken.append, "test", 100)
    for number in range(50):
        background.put(number)
    background.flush()
    assert taken == list(range(50))
    background.close()


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_what_is_stuck_loses_the_oldest_and_holds_up_nobody() -> None:
    """Neither `put` nor `flush` nor `close` waits for longer than it says, and the newest are kept."""
    taken: list[int] = []
    busy, go_on = Event(), Event()

    def take(number: int) -> None:
        busy.set()
        go_on.wait(30)
        taken.append(number)

    background = Background(take, "test", 3)
    background.put(0)
    assert busy.wait(10)
    for number in range(1, 100):
        background.put(number)
    background.flush(0.01)
    assert not taken
    go_on.set()
    background.flush()
    assert taken == [0, 97, 98, 99]
    background.close()

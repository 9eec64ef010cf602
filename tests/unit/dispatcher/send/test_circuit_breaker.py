"""The circuit breaker, on an invented clock."""

from hypothesis import given
from hypothesis import strategies as st

from dispatcher.breaker import FIRST_PAUSE_S, LONGEST_PAUSE_S, OPENS_AFTER, Breaker


def opened(at: float = 0.0) -> Breaker:
    """A breaker that has just opened."""
    breaker = Breaker()
    for _ in range(OPENS_AFTER):
        breaker.failed(at)
    return breaker


def test_it_opens_after_failures_in_a_row() -> None:
    """One failure less than the bound leaves it closed, the bound opens it, and a success in between starts over."""
    breaker = Breaker()
    for _ in range(OPENS_AFTER - 1):
        breaker.failed(0)
    breaker.succeeded()
    for _ in range(OPENS_AFTER - 1):
        breaker.failed(0)
    assert breaker.allows(0) and not breaker.open
    breaker.failed(0)
    assert breaker.open and not breaker.allows(0)


def test_after_a_pause_one_probe_goes() -> None:
    """When the pause is over exactly one call may go, until it is answered."""
    breaker = opened()
    assert not breaker.allows(FIRST_PAUSE_S - 0.001)
    assert breaker.allows(FIRST_PAUSE_S)
    breaker.sent()
    assert not breaker.allows(FIRST_PAUSE_S + 100)


def test_a_good_probe_closes_it() -> None:
    """A probe that comes through closes it, and the next pause is the first one again."""
    breaker = opened()
    breaker.sent()
    breaker.succeeded()
    assert breaker.allows(0) and not breaker.open


def test_each_failed_probe_doubles_the_pause() -> None:
    """Pauses double with every failed probe, up to the longest."""
    breaker, now, pauses = opened(), 0.0, []
    for _ in range(8):
        pause = FIRST_PAUSE_S
        while not breaker.allows(now + pause):
            pause *= 2
        pauses.append(pause if pause <= LONGEST_PAUSE_S else LONGEST_PAUSE_S)
        now += pause
        breaker.sent()
        breaker.failed(now)
    assert pauses[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert breaker.allows(now + LONGEST_PAUSE_S)


@given(st.lists(st.sampled_from(["sent", "ok", "bad"]), max_size=40))
def test_it_never_stays_shut_for_ever(steps: list[str]) -> None:
    """Whatever happened, once every call is answered a call may go after the longest pause."""
    breaker, now = Breaker(), 0.0
    out = 0
    for step in steps:
        now += 0.1
        if step == "sent" and breaker.allows(now):
            breaker.sent()
            out += 1
        elif step == "ok" and out:
            breaker.succeeded()
            out -= 1
        elif step == "bad" and out:
            breaker.failed(now)
            out -= 1
    for _ in range(out):
        breaker.failed(now)
    assert breaker.allows(now + LONGEST_PAUSE_S)

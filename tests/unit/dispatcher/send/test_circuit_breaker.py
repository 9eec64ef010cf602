"""The circuit circuit, on an invented clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.send.circuit_breaker import FIRST_PAUSE_S, LONGEST_PAUSE_S, OPENS_AFTER, CircuitBreaker


def opened(at: float = 0.0) -> CircuitBreaker:
    """Return a circuit that has just opened."""
    circuit = CircuitBreaker()
    for _ in range(OPENS_AFTER):
        circuit.failed(at)
    return circuit


def test_it_opens_after_failures_in_a_row() -> None:
    """One failure less than the bound leaves it closed, the bound opens it, and a success in between starts over."""
    circuit = CircuitBreaker()
    for _ in range(OPENS_AFTER - 1):
        circuit.failed(0)
    circuit.succeeded()
    for _ in range(OPENS_AFTER - 1):
        circuit.failed(0)
    assert circuit.allows(0) and not circuit.open
    circuit.failed(0)
    assert circuit.open and not circuit.allows(0)


def test_after_a_pause_one_probe_goes() -> None:
    """When the pause is over exactly one call may go, until it is answered."""
    circuit = opened()
    assert not circuit.allows(FIRST_PAUSE_S - 0.001)
    assert circuit.allows(FIRST_PAUSE_S)
    circuit.sent()
    assert not circuit.allows(FIRST_PAUSE_S + 100)


def test_a_good_probe_closes_it() -> None:
    """A probe that comes through closes it, and the next pause is the first one again."""
    circuit = opened()
    circuit.sent()
    circuit.succeeded()
    assert circuit.allows(0) and not circuit.open


def test_each_failed_probe_doubles_the_pause() -> None:
    """Pauses double with every failed probe, up to the longest."""
    circuit, now, pauses = opened(), 0.0, []
    for _ in range(8):
        pause = FIRST_PAUSE_S
        while not circuit.allows(now + pause):
            pause *= 2
        pauses.append(pause if pause <= LONGEST_PAUSE_S else LONGEST_PAUSE_S)
        now += pause
        circuit.sent()
        circuit.failed(now)
    assert pauses[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert circuit.allows(now + LONGEST_PAUSE_S)


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
@given(st.lists(st.sampled_from(["sent", "ok", "bad"]), max_size=40))
def test_it_never_stays_shut_for_ever(steps: list[str]) -> None:
    """Whatever happened, once every call is answered a call may go after the longest pause."""
    circuit, now = CircuitBreaker(), 0.0
    out = 0
    for step in steps:
        now += 0.1
        if step == "sent" and circuit.allows(now):
            circuit.sent()
            out += 1
        elif step == "ok" and out:
            circuit.succeeded()
            out -= 1
        elif step == "bad" and out:
            circuit.failed(now)
            out -= 1
    for _ in range(out):
        circuit.failed(now)
    assert circuit.allows(now + LONGEST_PAUSE_S)


def test_a_circuit_that_is_cut_off_probes_after_the_first_pause() -> None:
    """Being cut off at once is like the last of the failures in a row, and does not postpone a probe that is due."""
    circuit = CircuitBreaker()
    circuit.cut_off(10.0)
    circuit.cut_off(10.5)
    assert circuit.open
    assert not circuit.allows(10.0 + FIRST_PAUSE_S - 0.01)
    assert circuit.allows(10.0 + FIRST_PAUSE_S)
    circuit.sent()
    circuit.succeeded()
    assert not circuit.open

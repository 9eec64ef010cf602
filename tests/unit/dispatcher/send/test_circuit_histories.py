"""Any history of a circuit: calls that overlap, answers in any order, probes of the fleet, and Retry-After.

Written from the glossary and docs/adr/0028: five failed calls in a row open it; while it is open no call goes but one
probe after each pause; a success closes it; and nothing keeps it shut for longer than its longest pause.
"""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from dispatcher.send.circuit_breaker import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    LONGEST_RETRY_AFTER_S,
    OPENS_AFTER,
    CircuitBreaker,
)
from tests.support.examples import examples


class Calls(RuleBasedStateMachine):
    """A destination's calls, as its queue makes them."""

    def __init__(self) -> None:
        super().__init__()
        self.circuit, self.now = CircuitBreaker(), 0.0
        self.out = self.failures = 0
        self.shut_since: float | None = None
        """When it opened, or the last probe failed; None: it is closed."""
        self.probe_out = False
        self.asked_until = 0.0

    @rule()
    def call(self) -> None:
        """Make a call, if one may go."""
        if not self.circuit.allows(self.now):
            return
        if not self.circuit.granted:  # the fleet's probe may go at any time; a success meanwhile made it a usual call
            assert self.now >= self.asked_until, "a call goes before the destination wants it"
            if self.shut_since is not None:
                assert not self.probe_out, "two probes are out"
                assert self.now - self.shut_since >= FIRST_PAUSE_S, "a call goes while the circuit is open"
        self.probe_out = self.shut_since is not None
        self.circuit.sent()
        self.out += 1

    @rule(times=st.integers(2, OPENS_AFTER + 1))
    def fail_in_a_row(self, times: int) -> None:
        """Make calls that fail, one after the other."""
        for _ in range(times):
            before = self.out
            self.call()
            if self.out > before:
                self.fail()
            self.is_as_promised()

    @precondition(lambda self: self.out)
    @rule()
    def succeed(self) -> None:
        """Answer a call well."""
        self.circuit.succeeded()
        self.out, self.failures, self.shut_since, self.probe_out = self.out - 1, 0, None, False

    @precondition(lambda self: self.out)
    @rule()
    def fail(self) -> None:
        """Let a call fail for a reason of the destination."""
        self.circuit.failed(self.now)
        self.out, self.failures = self.out - 1, self.failures + 1
        if self.probe_out or (self.shut_since is None and self.failures >= OPENS_AFTER):
            self.shut_since, self.probe_out = self.now, False

    @precondition(lambda self: self.probe_out)
    @rule()
    def take_back(self) -> None:
        """Find the pool full: the probe did not go out after all."""
        self.circuit.unsent()
        self.out, self.probe_out = self.out - 1, False

    @rule(seconds=st.sampled_from([0.125, 1.0, 3.0, LONGEST_PAUSE_S]))  # sums of these have no error
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    @rule()
    def cut_off(self) -> None:
        """Hear from the fleet that the circuit is open."""
        self.circuit.cut_off(self.now)
        self.shut_since = self.now if self.shut_since is None else self.shut_since

    @rule(seconds=st.sampled_from([0.5, 20.0, 1e9]))
    def ask(self, seconds: float) -> None:
        """Have the destination ask for a wait."""
        self.circuit.retry_after(self.now, seconds)
        self.asked_until = max(self.asked_until, self.now + min(seconds, LONGEST_RETRY_AFTER_S))

    @precondition(lambda self: not self.probe_out)
    @rule()
    def grant(self) -> None:
        """Have the fleet's probe."""
        self.circuit.grant_probe()
        assert self.circuit.allows(self.now), "a probe that was granted may go"
        self.shut_since = self.now - LONGEST_PAUSE_S if self.shut_since is None else self.shut_since

    @rule()
    def revoke(self) -> None:
        """Lose the fleet's probe."""
        self.circuit.revoke_probe()

    @invariant()
    def is_as_promised(self) -> None:
        """Check that it is open just when it should be, that asking changes nothing, and that it never stays shut."""
        assert self.circuit.open == (self.shut_since is not None)
        assert self.circuit.allows(self.now) == self.circuit.allows(self.now)
        assert FIRST_PAUSE_S <= self.circuit.pause_s <= LONGEST_PAUSE_S
        if self.shut_since is None and not self.circuit.granted:
            assert self.circuit.allows(self.now) == (self.now >= self.asked_until)
        if not self.probe_out:
            assert self.circuit.allows(max(self.now + LONGEST_PAUSE_S, self.asked_until))


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_whatever_happens_only_probes_go_through_an_open_circuit_and_it_opens_again() -> None:
    """In every order of calls, answers, pauses and orders of the fleet."""
    run_state_machine_as_test(
        Calls, settings=settings(max_examples=examples(100), stateful_step_count=30, deadline=None)
    )

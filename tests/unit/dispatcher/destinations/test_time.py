"""The time that a sender gives to a call, in every kind of destination."""

from importlib import import_module

import pytest

from dispatcher.destinations import KINDS
from tests.support.aws_wire import TARGETS, Wire, destination, entries, some


@pytest.mark.robustness("calls that would outlast their time")
@pytest.mark.parametrize("kind", TARGETS)
def test_a_call_gets_the_time_that_the_sender_has(kind: str) -> None:
    """The bound of a call goes to the transport, and one call makes one POST, whatever the answer."""
    wire = Wire()
    where = destination(kind, wire)
    where.send(entries(where, *some(1)), timeout_s=0.25)
    assert len(wire.timeouts) == 1
    assert wire.timeouts[0] is not None and 0 < wire.timeouts[0] <= 0.25


@pytest.mark.robustness("calls that would outlast their time")
@pytest.mark.parametrize("kind", TARGETS)
def test_without_a_bound_the_clients_own_holds(kind: str) -> None:
    """A sender that gives no bound leaves the client's timeout as it is."""
    wire = Wire()
    where = destination(kind, wire)
    where.send(entries(where, *some(1)))
    assert wire.timeouts[0] is None or wire.timeouts[0] > 4


@pytest.mark.robustness("calls that would outlast their time")
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_promises(kind: str) -> None:
    """Each kind's module has its guarantee and its limits in whole sentences."""
    module = import_module(f"dispatcher.destinations.{KINDS[kind].partition(':')[0]}")
    for text in (module.GUARANTEE, module.LIMITS):
        assert text[0].isupper() and text.endswith(".") and "  " not in text

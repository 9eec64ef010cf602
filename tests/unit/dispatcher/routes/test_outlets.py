"""The routing table with its destinations ready, and what a wrong destination says."""

from typing import Any

import pytest

from comboio.routing.table import DEFAULT_TABLE, RoutingError, load, load_file
from dispatcher.destinations import KINDS, build
from dispatcher.routes.outlets import outlets
from tests.support.dispatcher import FakeQueue
from tests.unit.comboio.routing.test_table import SHIPPED


def clients(service: object) -> Any:
    """Clients of nothing."""
    return FakeQueue().api


def table(destination: str) -> Any:
    """Return a table with one destination."""
    return load(f'version = 1\n[destinations.a]\n{destination}\n[default]\nto = ["a"]', {})


def test_the_layers_own_table_becomes_a_network() -> None:
    """Every destination of the table that ships has a state of its name, and limits that make sense."""
    table = load_file(DEFAULT_TABLE, SHIPPED)
    found = outlets(table, clients)
    assert set(found.states) == set(table.destinations)
    for name, state in found.states.items():
        destination = state.destination
        assert destination.name == name
        assert destination.max_entries >= 1 and destination.concurrency >= 1
        assert 0 < destination.max_entry_bytes <= destination.max_bytes
    assert not found.router.route("mt-c300", 300).dead


def test_an_unknown_type_lists_what_there_is() -> None:
    """A type that does not exist is told with the place, and the types that do."""
    with pytest.raises(RoutingError, match=r"destinations\.a\.type.*'pigeon'") as caught:
        build(table('type = "pigeon"'), clients)
    assert all(kind in str(caught.value) for kind in KINDS)


@pytest.mark.robustness("a routing table that is broken or out of reach")
@pytest.mark.parametrize("options", ["concurrency = 0", 'concurrency = "8"', "concurrency = true", "conc = 3"])
def test_a_wrong_option_names_its_destination(options: str) -> None:
    """A wrong or unknown option of a destination stops the table, with the destination's name."""
    with pytest.raises(RoutingError, match=r"destinations\.a"):
        build(table(f'type = "sqs"\ntarget = "https://sqs/x"\n{options}'), clients)

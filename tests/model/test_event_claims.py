"""The claims of events, in every interleaving of a small scope."""

import pytest

from tests.model.event_claims import EventProtocol
from tests.model.explorer import explore
from tests.model.scopes import SMALL_OF_EVENTS


@pytest.mark.robustness("a model of the claims of events: every interleaving of a small scope")
@pytest.mark.parametrize("name", SMALL_OF_EVENTS)
def test_no_interleaving_loses_or_repeats_an_event(name: str) -> None:
    """An event of which every record was answered for is at its destination or has a letter, none is sent again that no
    crash explains, a key keeps its order, and all can still be done from everywhere."""
    protocol = EventProtocol(SMALL_OF_EVENTS[name])
    found = explore(protocol.start(), protocol.steps, protocol.broken, protocol.ended)
    assert found.states > 100

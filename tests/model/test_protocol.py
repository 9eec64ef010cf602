"""The protocol of ledger, hold queue and drainer, in every interleaving of a small scope."""

import pytest

from tests.model.explorer import BrokenProtocolError, Step, explore
from tests.model.protocol import Protocol
from tests.model.scopes import SMALL


@pytest.mark.robustness("a model of ledger, hold queue and drainer: every interleaving of a small scope")
@pytest.mark.parametrize("name", SMALL)
def test_no_interleaving_breaks_a_promise(name: str) -> None:
    """Nothing is lost, nothing is sent twice that no fault explains, a key keeps its order, and all can still be done
    from everywhere."""
    protocol = Protocol(SMALL[name])
    found = explore(protocol.start(), protocol.steps, protocol.broken, protocol.ended)
    assert found.states > 300


def test_a_broken_promise_is_told_with_the_shortest_way_to_it() -> None:
    """Of all ways to a state the one with the fewest steps is shown."""

    def steps(state: int) -> list[Step[int]]:
        return [Step("one more", state + 1), Step("two more", state + 2)]

    with pytest.raises(BrokenProtocolError, match=r"^it is three\n  (one more\n  two more|two more\n  one more)\n3$"):
        explore(0, steps, lambda state: "it is three" if state == 3 else None, lambda state: False)


def test_a_state_from_which_nothing_ends_is_found() -> None:
    """What can be done only with a further fault cannot be done."""

    def steps(state: str) -> list[Step[str]]:
        return {
            "begin": [Step("go", "end"), Step("fall", "pit", fault=True)],
            "pit": [Step("be helped", "end", fault=True)],
        }.get(state, [])

    with pytest.raises(BrokenProtocolError, match=r"not all can be done any more\n  fall\npit"):
        explore("begin", steps, lambda state: None, lambda state: state == "end")

"""What is noted of a run while it goes on."""

from collections.abc import Iterable

import pytest

from comboio.aws.json_api import AwsError
from comboio.destination_state.memory import MemoryStateStore
from comboio.destination_state.state import SharedState
from local.demo.timeline.history import History, word


class Broken(MemoryStateStore):
    """A table that does not answer."""

    def read(self, items: Iterable[str], *, within_s: float = 1.0) -> dict[str, SharedState]:
        raise AwsError("dynamodb", "BatchGetItem", "Unreachable", "no answer", 0)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (SharedState(), ""),
        (SharedState(pause_ms=1000, open_until=500), "circuit open"),
        (SharedState(paused_since=1, pause_ms=1000), "paused"),
        (SharedState(retry_until=1001, retry_ms=500), "asked to wait"),
        (SharedState(retry_until=999, retry_ms=500), ""),
    ],
)
def test_a_state_has_a_word(state: SharedState, says: str) -> None:
    """The word is of what keeps calls away now; a circuit whose pause is over is open until a probe says otherwise."""
    assert word(state, 1000) == says


def test_looks_that_follow_each_other_closely_are_one() -> None:
    """Those who wait look often, and the table is read once a second."""
    now = [0]
    store = MemoryStateStore()
    store.write("destination#a", SharedState(pause_ms=1))
    history = History(store, lambda: now[0], destinations=("a", "b"))
    for at in (0, 200, 800, 1000):
        now[0] = at
        history.look()
    assert [(sample.at_ms, sample.words) for sample in history.samples] == [
        (0, {"a": "circuit open", "b": ""}),
        (1000, {"a": "circuit open", "b": ""}),
    ]


def test_a_table_that_does_not_answer_ends_no_run() -> None:
    """What is not known at a moment leaves no sample."""
    history = History(Broken(), lambda: 5, destinations=("a",))
    history.look()
    assert history.samples == []

"""How a parallel run shares out its tests."""

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.scheduler import in_turn

NODES = [
    *(f"tests/integration/test_{file}.py::test_{number}" for file in "ab" for number in range(5)),
    *(f"tests/simulation/test_s.py::test_{number}" for number in range(5)),
    *(f"tests/unit/test_{file}.py::test_{number}" for file in "abcdefgh" for number in range(5)),
]


def item(nodeid: str, group: str | None = None) -> Any:
    return SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda _: group)


@given(st.sets(st.sampled_from(NODES)), st.data())
def test_each_test_has_one_turn_and_groups_have_the_first(chosen: set[str], data: st.DataObject) -> None:
    """Nothing is lost or twice, no group comes after another test, and a file of unit tests is never torn."""
    items = [item(node, data.draw(st.sampled_from([None, "group"]))) for node in NODES if node in chosen]
    turns = in_turn(items)
    assert sorted(each.nodeid for each in turns) == sorted(chosen)
    grouped = [bool(each.get_closest_marker("xdist_group")) for each in turns]
    assert grouped == sorted(grouped, reverse=True)
    files = [each.nodeid.split("::")[0] for each in turns if not each.get_closest_marker("xdist_group")]
    units = [file for file in files if "unit" in file]
    assert sum(one != other for one, other in pairwise(units)) <= max(len(set(units)) - 1, 0)


def test_what_waits_is_spread_among_what_computes() -> None:
    """No quarter of the run is without tests that wait, or without tests that compute."""
    turns = [each.nodeid for each in in_turn([item(node) for node in NODES])]
    quarter = len(turns) // 4
    for start in range(0, quarter * 4, quarter):
        waiting = ["integration" in nodeid for nodeid in turns[start : start + quarter]]
        assert True in waiting
        assert False in waiting

"""Which of several things has a codigo, and at what cost."""

import sys
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.routing.codigo_range import CodigoRange
from comboio.routing.first_of import FirstOf
from comboio.routing.router import Router
from comboio.routing.table import load

CODIGOS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 6)).map(lambda pair: CodigoRange(pair[0], sum(pair))), max_size=4
)


@given(st.lists(CODIGOS, max_size=8))
def test_the_first_that_holds_a_codigo_has_it(things: list[list[CodigoRange]]) -> None:
    """Whatever ranges overlap, each codigo leads to the first thing that holds it, and to the fallback without one."""
    found = FirstOf([(codigos, place) for place, codigos in enumerate(things)], -1)
    for codigo in range(40):
        holds = (
            place for place, codigos in enumerate(things) if not codigos or any(each.holds(codigo) for each in codigos)
        )
        assert found.at(codigo) == next(holds, -1)


@pytest.mark.robustness("a routing table that is broken or out of reach")
def test_a_large_table_costs_no_step_for_each_route_and_codigo() -> None:
    """500 routes and 1,000 codigos that none of them takes are not 500,000 looks."""
    routes = "".join(f'[[routes]]\nname = "r{n}"\nto = ["dead_letter"]\ncodigos = [{n}]\n' for n in range(500))
    router = Router(load(f'version = 1\n{routes}[default]\nto = ["dead_letter"]\n', {}))
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        for codigo in range(1_000, 2_000):
            assert router.route("t", codigo).name == "default"
    finally:
        sys.setprofile(None)
    assert calls < 10_000

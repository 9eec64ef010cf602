"""The tables of the benchmark measure what their names say."""

import pytest

from bench.routes.__main__ import cost_us
from bench.routes.tables import ROUTES, TABLES, records
from comboio.routing.router import Router
from comboio.routing.table import load


@pytest.mark.parametrize("name", TABLES)
def test_a_table_leads_where_its_name_says(name: str) -> None:
    """Messages of a table that finds none take the default, and the others a route."""
    router = Router(load(TABLES[name], {}))
    taken = [router.find(record, router.read(record)) for record in records(10)]
    names = {route.name for route in taken if route is not None}
    none = "none" in name or "does not" in name or "version" in name
    assert (names == {"default"}) is none
    assert len(router.table.routes) == (0 if "version" in name else ROUTES)


def test_a_cost_is_a_time() -> None:
    """The figure is above zero, and one round is enough for it."""
    assert cost_us(TABLES["version 2, no conditions"], messages=20, rounds=1) > 0

"""Which routes of a topic come into question for a code."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comboio.routing.route import Route
from comboio.routing.topic_routes import TopicRoutes
from tests.support.dispatcher import record

CODES = st.one_of(st.none(), st.integers(0, 12), st.sampled_from(["a", "b", "c"]))
WRITTEN = st.lists(
    st.integers(0, 9) | st.sampled_from(["a", "b"]) | st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=3
).map(lambda written: each_once(written))
ROUTES = st.lists(st.tuples(WRITTEN, st.sampled_from(["", "x", "y"])), max_size=7)


def route(name: str, written: list[Any], asks: str) -> Route:
    """Return a route for some codes that asks for a header, or for nothing."""
    codigos = [f"{each[0]}-{sum(each)}" if isinstance(each, tuple) else each for each in written]
    when = {"header.h": asks} if asks else {}
    return Route.model_validate({"name": name, "to": ["a"], "codigos": codigos, "when": when})


def each_once(written: list[Any]) -> list[Any]:
    """Return codes without those that stand there twice, which a table refuses."""
    return list({(each, 0) if isinstance(each, int) else each: each for each in written}.values())


@given(ROUTES, CODES, st.sampled_from(["x", "y", "z"]))
def test_the_first_route_that_takes_it_has_it(
    given_routes: list[tuple[list[Any], str]], code: int | str | None, header: str
) -> None:
    """However routes overlap in codes, and whatever else they ask, the result is that of asking each in order."""
    routes = [route(f"r{n}", written, asks) for n, (written, asks) in enumerate(given_routes)]
    fallback = route("last", [], "")
    expected = next(
        (
            each
            for each, (_, asks) in zip(routes, given_routes, strict=True)
            if each.holds_code(code) and asks in ("", header)
        ),
        fallback,
    )
    found = TopicRoutes(routes, fallback).choices(code)
    taken = found(record(1, headers=[{"h": list(header.encode())}]), None) if callable(found) else found
    assert taken is expected


def test_codes_with_the_same_routes_share_their_chooser() -> None:
    """Thousands of codes that a few routes take cost no compilation each."""
    routes = TopicRoutes([route("r", [], "x")], None)
    assert routes.choices(1) is routes.choices(2) is routes.choices("a")

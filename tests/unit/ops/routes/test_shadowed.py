"""A route behind one that takes all of its messages is told of, and no other."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.routing.route import Route
from ops.routes.shadowed import shadowed


def route(name: str, **asked: Any) -> Route:
    """Return a route."""
    return Route.model_validate({"name": name, "to": ["a"], **asked})


@pytest.mark.parametrize(
    ("first", "second", "hidden"),
    [
        ({}, {"codigos": [3]}, True),
        ({}, {"topics": ["t"], "when": {"key": "x"}}, True),
        ({"codigos": ["300-399"]}, {"codigos": [301, "310-320"]}, True),
        ({"codigos": ["300-399"]}, {"codigos": ["390-400"]}, False),
        ({"codigos": ["300-399"]}, {}, False),
        ({"codigos": ["A"]}, {"codigos": ["A", "B"]}, False),
        ({"topics": ["t", "u"]}, {"topics": ["u"]}, True),
        ({"topics": ["t"]}, {}, False),
        ({"when": {"key": "x"}}, {"codigos": [3]}, False),
        ({"value": "tombstone"}, {"codigos": [3]}, False),
        ({"sample": 0.5}, {"codigos": [3]}, True),
    ],
)
def test_a_route_that_gets_nothing_is_found(first: dict[str, Any], second: dict[str, Any], hidden: bool) -> None:
    """Topics, codes and kind of the first must hold wherever those of the second do."""
    found = shadowed([route("one", **first), route("two", **second)])
    assert [(each.route.name, each.by.name) for each in found] == ([("two", "one")] if hidden else [])


CODES = st.lists(st.sampled_from([1, 2, 3, "1-3", "2-5", "A", "B"]), max_size=3, unique=True)
TOPICS = st.lists(st.sampled_from(["t", "u"]), max_size=2, unique=True)


@given(st.lists(st.tuples(TOPICS, CODES), max_size=4))
def test_no_route_that_a_message_takes_is_called_shadowed(written: list[tuple[list[str], list[Any]]]) -> None:
    """Whatever message there is, the first route that takes it is none of those."""
    routes = [route(f"r{n}", topics=topics, codigos=codes) for n, (topics, codes) in enumerate(written)]
    hidden = {each.route.name for each in shadowed(routes)}
    for topic in ("t", "u", "v"):
        for code in (0, 1, 2, 3, 4, "A", "B", None):
            taken = next((each for each in routes if each.takes(topic, code)), None)
            assert taken is None or taken.name not in hidden

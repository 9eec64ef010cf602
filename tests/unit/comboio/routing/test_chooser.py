"""The index over conditions finds the route that asking each in order would find."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comboio.routing.chooser import chooser
from comboio.routing.patterns.lookup import Lookup, index
from comboio.routing.patterns.pattern import parse
from comboio.routing.patterns.stretches import Span, Stretches
from comboio.routing.route import Route
from tests.support.dispatcher import record
from tests.support.examples import examples

NUMBERS = st.one_of(st.integers(-5, 5), st.sampled_from([-1.5, 0.0, 2.5, 1e30, float("inf")]))
TEXTS = st.sampled_from(
    ["", "a", "ab", "abc", "a\\", "*", "b", "3", "-1.5", "nan", "inf", "1e400", "SS", "10.1.2.3", "fe80::1", "11.0.0.1"]
)
SIGNS = st.sampled_from(["<", "<=", ">", ">=", "="])


def possible(pattern: dict[str, Any]) -> bool:
    """Return whether a pattern may hold: one that cannot is refused."""
    try:
        return bool(parse(pattern))
    except ValueError:
        return False


ELEMENTS = st.one_of(
    TEXTS,
    NUMBERS.filter(lambda number: number != float("inf")),
    st.booleans(),
    st.builds(lambda text: {"prefix": text}, TEXTS.filter(bool)),
    st.builds(lambda text: {"suffix": text}, TEXTS.filter(bool)),
    st.sampled_from(["a*", "*b", "a*c", "*", "ab", "*a*", r"\*", r"a\\*"]).map(lambda text: {"wildcard": text}),
    st.builds(lambda *pairs: {"numeric": [x for pair in pairs for x in pair]}, st.tuples(SIGNS, st.integers(-5, 5))),
    st.builds(
        lambda one, two: {"numeric": [*one, *two]},
        st.tuples(SIGNS, st.integers(-5, 5)),
        st.tuples(SIGNS, st.integers(-5, 5)),
    ).filter(possible),
    st.builds(lambda exists: {"exists": exists}, st.booleans()),
    st.sampled_from(["A", "Ab", "ABC", "ß"]).map(lambda text: {"equals-ignore-case": text}),
    st.sampled_from(["A", "ß"]).map(lambda text: {"prefix": {"equals-ignore-case": text}}),
    st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "::/0", "fe80::/10"]).map(lambda text: {"cidr": text}),
    st.builds(lambda text: {"anything-but": text}, TEXTS.filter(bool)),
)
PATTERNS = st.lists(ELEMENTS, min_size=1, max_size=3)
FIELDS = st.sampled_from(["value.speed", "value.driver", "header.tenant", "key"])
CONDITIONS = st.dictionaries(FIELDS, PATTERNS, min_size=1, max_size=3)
ONE = st.one_of(NUMBERS, TEXTS, st.booleans(), st.none())
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(ONE, st.lists(ONE | st.lists(ONE, max_size=2) | st.just({"a": 1}), max_size=3))
        for name in ("speed", "driver")
    },
)


def asking(name: str, when: dict[str, Any]) -> Route:
    """Return a route that asks for something."""
    return Route.model_validate({"name": name, "to": ("q",), "when": when})


@given(st.lists(CONDITIONS, max_size=8), DOCUMENTS, st.one_of(st.none(), TEXTS), TEXTS)
@settings(max_examples=examples(400))
def test_the_index_changes_no_choice(
    conditions: list[dict[str, Any]], document: dict[str, Any], key: str | None, tenant: str
) -> None:
    """Whatever routes ask, the first of the table whose condition holds is chosen."""
    routes = [asking(f"r{place}", when) for place, when in enumerate(conditions)]
    asked = record(0, key=key.encode() if key is not None else None, headers=[{"tenant": list(tenant.encode())}])
    wanted = [each for each in routes if each.condition is None or not each.condition.missed(asked, document)]
    assert chooser(routes, None)(asked, document) == next(iter(wanted), None)


def test_long_patterns_that_begin_alike_are_different_questions() -> None:
    """A route that does not fit takes no other along whose pattern differs only far behind."""
    many = [f"driver-{number:03}" for number in range(50)]
    routes = [asking(last, {"value.driver": {"anything-but": [*many, last]}}) for last in ("this", "that")]
    found = chooser(routes, None)(record(0), {"driver": "this"})
    assert found is not None and found.name == "that"


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=12), NUMBERS)
def test_no_span_is_missed(spans: list[tuple[int, int]], number: float) -> None:
    """Every route whose span has a number comes into question for it."""
    found = Stretches([(place, Span(low, high)) for place, (low, high) in enumerate(spans)]).at(number)
    for place, (low, high) in enumerate(spans):
        if low <= number <= high:
            assert found >> place & 1


@pytest.mark.parametrize("form", ["numbers", "prefixes"])
def test_many_routes_of_one_field_are_not_asked_one_by_one(form: str) -> None:
    """Of two hundred routes, a message asks the few that come into question."""
    conditions: list[Any] = [f">{n}" if form == "numbers" else f"prefix:{n}-" for n in range(1000, 1200)]
    routes = [asking(f"r{n}", {"value.x": when}) for n, when in enumerate(conditions)]
    lookups = [(place, parse(when).lookup or Lookup()) for place, when in enumerate(conditions)]
    find = index(lookups, textual=False)
    assert find(3 if form == "numbers" else "no").bit_count() == 0
    assert find(1100.5 if form == "numbers" else "1100-7").bit_count() == (101 if form == "numbers" else 1)
    choose = chooser(routes, None)
    found = choose(record(0), {"x": 1199.5 if form == "numbers" else "1199-7"})
    assert found is not None and found.name == ("r0" if form == "numbers" else "r199")

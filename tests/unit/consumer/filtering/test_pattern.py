"""A pattern takes an object by EventBridge's rules: fields by and, rules by or, arrays by their elements."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.filtering.pattern import decode, pattern_match
from consumer.filtering.rules import PatternError


def fits(pattern: Any, value: Any) -> bool:
    return pattern_match(decode(json.dumps(pattern)))(decode(json.dumps(value)))


PERSON = {"name": "Ana", "age": 30, "tags": ["x", "y"], "address": {"city": "Porto"}, "rooms": [{"a": 1}, {"a": 2}]}


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        ({"name": ["Ana"]}, True),
        ({"name": ["Bea", "Ana"]}, True),
        ({"name": ["Ana"], "age": [31]}, False),
        ({"tags": ["y"]}, True),
        ({"tags": ["z"]}, False),
        ({"tags": [{"anything-but": ["x"]}]}, True),
        ({"address": {"city": ["Porto"]}}, True),
        ({"address": {"city": ["Faro"]}}, False),
        ({"rooms": {"a": [2]}}, True),
        ({"rooms": {"a": [3]}}, False),
        ({"name": [{"exists": True}]}, True),
        ({"address": [{"exists": True}]}, False),
        ({"address": [{"exists": False}]}, True),
        ({"none": [{"exists": False}]}, True),
        ({"none": {"deep": [{"exists": False}]}}, True),
        ({"none": [{"anything-but": ["x"]}]}, False),
        ({"none": [None]}, False),
        ({"$or": [{"name": ["Bea"]}, {"age": [{"numeric": [">", 29]}]}]}, True),
        ({"$or": [{"name": ["Bea"]}, {"age": [1]}], "tags": ["x"]}, False),
        ({"$or": [{"name": ["Ana"]}, {"age": [1]}], "tags": ["z"]}, False),
        ({"address": {"$or": [{"city": ["Porto"]}, {"zip": [1]}]}}, True),
    ],
)
def test_a_pattern_takes_what_it_says(pattern: dict[str, Any], taken: bool) -> None:
    """`exists` is for leaves only, absent fields fit nothing else, and `$or` stands beside the other fields."""
    assert fits(pattern, PERSON) is taken


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"a": {}},
        {"a": []},
        {"a": 1},
        {"a": "x"},
        {"a": None},
        {"$or": [{"a": [1]}]},
        {"$or": [1, 2]},
        {"$or": [{}, {}]},
        {"a": [{"exists": "true"}]},
        {"a": [{"exists": True}, 1]},
        {"a": [{"exists": True, "prefix": "x"}]},
    ],
)
def test_what_is_no_pattern_is_refused(pattern: dict[str, Any]) -> None:
    """A pattern that Lambda would not take is not taken here either."""
    with pytest.raises(PatternError):
        pattern_match(decode(json.dumps(pattern)))


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "a", "b", "ab"])
OBJECTS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), SCALARS | st.lists(SCALARS, max_size=3), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), SCALARS | inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.sampled_from(["", "a", "b", "ab"])


def literal(value: dict[str, Any]) -> dict[str, Any]:
    """Return the pattern that has each scalar of an object as its rule."""
    pattern: dict[str, Any] = {}
    for name, each in value.items():
        if isinstance(each, dict):
            inner = literal(each)
            if inner:
                pattern[name] = inner
        elif each != []:
            pattern[name] = each[:1] if isinstance(each, list) else [each]
    return pattern


@given(OBJECTS)
def test_a_value_fits_the_pattern_made_of_it(value: dict[str, Any]) -> None:
    """Whatever an object has, the pattern with all of its leaves takes it."""
    pattern = literal(value)
    assert not pattern or fits(pattern, value)


@given(OBJECTS, st.sampled_from("abc"), TEXTS)
def test_operators_are_each_others_complement(value: dict[str, Any], name: str, text: str) -> None:
    """A field exists or not; a field with one text is that text, or anything but it."""
    assert fits({name: [{"exists": True}]}, value) != fits({name: [{"exists": False}]}, value)
    if isinstance(value.get(name), str):
        assert fits({name: [text]}, value) != fits({name: [{"anything-but": [text]}]}, value)


@given(
    OBJECTS, st.lists(st.fixed_dictionaries({"a": st.lists(SCALARS, min_size=1, max_size=2)}), min_size=2, max_size=3)
)
def test_or_takes_what_any_of_its_patterns_takes(value: dict[str, Any], patterns: list[dict[str, Any]]) -> None:
    """Alone it is their union, and beside a field the intersection with it."""
    any_of_them = any(fits(each, value) for each in patterns)
    assert fits({"$or": patterns}, value) is any_of_them
    assert fits({"$or": patterns, "b": ["a"]}, value) is (any_of_them and fits({"b": ["a"]}, value))


JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "$or", "exists", "prefix", "numeric", "anything-but"]), inner, max_size=2
        )
    ),
    max_leaves=8,
)


@pytest.mark.robustness("bad input to a command or a template")
@given(JSON, JSON)
def test_no_pattern_and_no_value_ends_in_another_error(pattern: Any, value: Any) -> None:
    """A pattern is refused with a reason or taken, and then any value is judged."""
    try:
        match = pattern_match(decode(json.dumps({"a": pattern})))
    except PatternError:
        return
    assert match(decode(json.dumps({"a": value}))) in (True, False)

"""A word that tables (`when`) and Lambda's FilterCriteria both have means the same in both, and what AWS says."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.record import Record
from comboio.routing.condition import Condition
from consumer.filtering.pattern import decode, pattern_match

ABSENT = object()

CASES: list[tuple[list[Any], Any, bool]] = [
    # A field is what the list has, or is an array with an element that is.
    (["a"], "a", True),
    (["a"], "A", False),
    (["a", "b"], "b", True),
    (["a"], ["x", "a"], True),
    (["a"], [["x"], ["a"]], True),
    (["a"], [], False),
    (["a"], {"a": "a"}, False),
    (["a"], None, False),
    (["a"], ABSENT, False),
    ([""], "", True),
    ([7], 7, True),
    ([7], "7", False),
    ([7], True, False),
    ([True], True, True),
    ([True], 1, False),
    # prefix, suffix, equals-ignore-case: of texts alone.
    ([{"prefix": "us-"}], "us-east-1", True),
    ([{"prefix": "us-"}], "US-east-1", False),
    ([{"prefix": "1"}], 12, False),
    ([{"prefix": "a"}], ["b", "ab"], True),
    ([{"prefix": {"equals-ignore-case": "US-"}}], "us-east-1", True),
    ([{"suffix": ".png"}], "a.png", True),
    ([{"suffix": ".png"}], "a.PNG", False),
    ([{"suffix": {"equals-ignore-case": ".PNG"}}], "a.png", True),
    ([{"equals-ignore-case": "aLiCe"}], "Alice", True),
    ([{"equals-ignore-case": "aLiCe"}], "Alices", False),
    ([{"prefix": "a"}], None, False),
    ([{"prefix": "a"}], ABSENT, False),
    # anything-but: a value that is none of these; null is one, and neither an absent field nor an object is.
    ([{"anything-but": "a"}], "b", True),
    ([{"anything-but": "a"}], "a", False),
    ([{"anything-but": "a"}], 7, True),
    ([{"anything-but": "a"}], None, True),
    ([{"anything-but": "a"}], ABSENT, False),
    ([{"anything-but": "a"}], {"b": "c"}, False),
    ([{"anything-but": "a"}], [], False),
    ([{"anything-but": "a"}], ["a"], False),
    ([{"anything-but": "a"}], ["a", "b"], True),
    ([{"anything-but": "a"}], [{"b": "c"}], False),
    ([{"anything-but": ["a", "b"]}], "b", False),
    ([{"anything-but": [7, 8]}], 8, False),
    ([{"anything-but": [7, 8]}], 9, True),
    ([{"anything-but": {"prefix": "a"}}], "ab", False),
    ([{"anything-but": {"prefix": "a"}}], "ba", True),
    ([{"anything-but": {"prefix": ["a", "b"]}}], "ba", False),
    ([{"anything-but": {"suffix": ["a", "b"]}}], "xc", True),
    ([{"anything-but": {"equals-ignore-case": "A"}}], "a", False),
    ([{"anything-but": {"equals-ignore-case": ["A", "B"]}}], "b", False),
    # numeric: of numbers alone, by their value.
    ([{"numeric": [">", 0, "<=", 5]}], 5, True),
    ([{"numeric": [">", 0, "<=", 5]}], 0, False),
    ([{"numeric": ["=", 300]}], 300.0, True),
    ([{"numeric": ["=", 5]}], "5", False),
    ([{"numeric": ["=", 1]}], True, False),
    ([{"numeric": ["<", 5]}], [9, 3], True),
    ([{"numeric": ["<", 5]}], None, False),
    ([{"numeric": ["<", 5]}], ABSENT, False),
    # exists: null is there.
    ([{"exists": True}], "a", True),
    ([{"exists": True}], None, True),
    ([{"exists": True}], ["a"], True),
    ([{"exists": True}], ABSENT, False),
    ([{"exists": False}], ABSENT, True),
    ([{"exists": False}], None, False),
    ([{"exists": False}], ["a"], False),
]

DIFFERENT: list[tuple[list[Any], Any, bool]] = [
    # For AWS only leaves exist. A table that asks whether `driver` is there means the object too.
    ([{"exists": True}], {"a": 1}, False),
    ([{"exists": False}], {"a": 1}, True),
    ([{"exists": True}], [], False),
    ([{"exists": False}], [], True),
    # Lambda compares a plain number as it is written; a table, whose numbers TOML has read, by its value.
    ([300], 300.0, False),
]
"""Patterns, values, and what AWS says; a table says the opposite, as docs/how-to/route.md tells."""


def by_table(pattern: list[Any], value: Any) -> bool:
    """Return whether a table's route takes the value of a field."""
    document = {} if value is ABSENT else {"f": value}
    record = Record("", "t-0", "t", 0, 0, 0, None, b"", [])
    return Condition({"value.f": pattern}).missed(record, document) == []


def by_filter(pattern: list[Any], value: Any) -> bool:
    """Return whether a mapping's filter does."""
    document = {} if value is ABSENT else {"f": value}
    return pattern_match(decode(json.dumps({"f": pattern})))(decode(json.dumps(document)))


def _shown(value: object) -> str:
    """Return a value's part of a test's name, which is the same in each process."""
    return "absent" if value is ABSENT else repr(value)


@pytest.mark.parametrize(("pattern", "value", "holds"), CASES, ids=_shown)
def test_both_languages_answer_as_aws_does(pattern: list[Any], value: Any, holds: bool) -> None:
    """Null, absent fields, arrays and objects among them."""
    assert (by_table(pattern, value), by_filter(pattern, value)) == (holds, holds)


@pytest.mark.parametrize(("pattern", "value", "aws"), DIFFERENT, ids=_shown)
def test_what_a_table_means_otherwise_is_known(pattern: list[Any], value: Any, aws: bool) -> None:
    """These differences are meant, and there are no others that the property below finds."""
    assert (by_table(pattern, value), by_filter(pattern, value)) == (not aws, aws)


ROOMS = {"rooms": [{"name": "a", "size": 1}, [{"name": "b"}], {"size": 3}], "door": "x", "deep": {"rooms": [{"n": 1}]}}


@pytest.mark.parametrize(
    ("path", "pattern", "holds"),
    [
        ("rooms.name", ["a"], True),
        ("rooms.name", ["b"], True),
        ("rooms.name", ["c"], False),
        ("rooms.size", [{"numeric": [">", 2]}], True),
        ("rooms.none", [{"exists": False}], True),
        ("rooms.name", [{"exists": True}], True),
        ("door.name", [{"exists": True}], False),
        ("deep.rooms.n", [1], True),
    ],
)
def test_a_path_through_an_array_leads_to_all_its_objects(path: str, pattern: list[Any], holds: bool) -> None:
    """As AWS has it: the array is left out, and one object that fits is enough."""
    nested: Any = pattern
    for name in reversed(path.split(".")):
        nested = {name: nested}
    record = Record("", "t-0", "t", 0, 0, 0, None, b"", [])
    assert (Condition({f"value.{path}": pattern}).missed(record, ROOMS) == []) is holds
    assert pattern_match(decode(json.dumps(nested)))(decode(json.dumps(ROOMS))) is holds


TEXTS = st.sampled_from(["", "a", "A", "ab", "ba", "us-1"])
NUMBERS = st.integers(-3, 3)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
RULES = st.one_of(
    TEXTS,
    NUMBERS,
    st.booleans(),
    st.builds(
        lambda word, text: {word: text},
        st.sampled_from(["prefix", "suffix", "equals-ignore-case"]),
        TEXTS.filter(bool),
    ),
    st.builds(lambda sign, number: {"numeric": [sign, number]}, st.sampled_from(["<", "<=", "=", ">=", ">"]), NUMBERS),
    st.builds(lambda listed: {"anything-but": listed}, st.lists(TEXTS, min_size=1, max_size=2)),
    st.builds(lambda listed: {"anything-but": listed}, st.lists(NUMBERS, min_size=1, max_size=2)),
)
VALUES = st.recursive(
    SCALARS | st.just(ABSENT),
    lambda inner: st.lists(inner.filter(lambda each: each is not ABSENT), max_size=3) | st.just({"g": 1}),
    max_leaves=5,
)


@given(st.lists(RULES, min_size=1, max_size=3), VALUES)
def test_both_languages_agree_on_whatever_both_can_say(pattern: list[Any], value: Any) -> None:
    """But for `exists` of what is no leaf, and numbers that are written otherwise, which the table above has."""
    assert by_table(pattern, value) == by_filter(pattern, value)

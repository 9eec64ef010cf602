"""FilterCriteria judge a record's value by its format and its content, and no record is lost by accident."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.filtering.criteria import Keep, Mismatch, read_criteria
from consumer.filtering.rules import PatternError
from tests.support.kafka_records import record

JSON_PATTERN = {"value": {"device_ID": [{"prefix": "AB"}]}}
TEXT_PATTERN = {"value": [{"anything-but": ["error"]}]}


def criteria(*patterns: Any, mismatch: Mismatch = Mismatch.PASS) -> Keep:
    found = read_criteria(json.dumps({"Filters": [{"Pattern": json.dumps(each)} for each in patterns]}), mismatch)
    assert found is not None
    return found


def kept(keep: Keep, value: bytes | None) -> bool:
    return keep(record("t-0", 1)._replace(value=value))


@pytest.mark.parametrize("mismatch", Mismatch)
def test_a_value_of_the_patterns_format_is_judged(mismatch: Mismatch) -> None:
    """JSON by a JSON pattern, text by a text pattern: the two examples of AWS's page."""
    by_json, by_text = criteria(JSON_PATTERN, mismatch=mismatch), criteria(TEXT_PATTERN, mismatch=mismatch)
    assert kept(by_json, b'{"device_ID": "AB1234", "session": {"duration": 162}}')
    assert not kept(by_json, b'{"device_ID": "CD"}')
    assert kept(by_text, b"all is well")
    assert not kept(by_text, b"error")


@pytest.mark.parametrize("mismatch", Mismatch)
@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (JSON_PATTERN, b"plain text"),
        (JSON_PATTERN, b'{"device_ID": "AB'),
        (JSON_PATTERN, b'{"device_ID": NaN}'),
        (JSON_PATTERN, b"[" * 5000),
        (JSON_PATTERN, b""),
        (JSON_PATTERN, b"17"),
        (JSON_PATTERN, b"\xff\xfe"),
        (JSON_PATTERN, None),
        (TEXT_PATTERN, b'{"device_ID": "AB"}'),
        (TEXT_PATTERN, b"\xff\xfe"),
        (TEXT_PATTERN, None),
    ],
)
def test_a_value_of_another_format_passes_or_is_dropped_as_chosen(
    mismatch: Mismatch, pattern: Any, value: bytes | None
) -> None:
    """AWS's pages can be read both ways, so an option says it; no such value is an error."""
    assert kept(criteria(pattern, mismatch=mismatch), value) is (mismatch is Mismatch.PASS)


def test_filters_are_joined_by_or() -> None:
    """A record that one of them takes is kept, whatever the others say."""
    keep = criteria({"value": {"a": [1]}}, {"value": {"b": [2]}}, mismatch=Mismatch.DROP)
    assert kept(keep, b'{"a": 1}')
    assert kept(keep, b'{"a": 9, "b": 2}')
    assert not kept(keep, b'{"a": 9}')


@pytest.mark.parametrize("text", ["", "{}", '{"Filters": []}'])
def test_no_filter_keeps_everything(text: str) -> None:
    """An empty FilterCriteria takes a filter away."""
    assert read_criteria(text) is None


@pytest.mark.robustness("bad input to a command or a template")
@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"Filters": {}}',
        '{"Filters": [1]}',
        '{"Filters": [{}]}',
        '{"Filters": [{"Pattern": "{"}]}',
        '{"Filters": [{"Pattern": "[]"}]}',
        '{"Filters": [{"Pattern": "{}"}]}',
        '{"Filters": [{"Pattern": "{\\"key\\": [1]}"}]}',
        '{"Filters": [{"Pattern": "{\\"value\\": 1}"}]}',
        '{"Filters": [{"Pattern": "{\\"value\\": [{\\"wildcard\\": \\"*\\"}]}"}]}',
        json.dumps({"Filters": [{"Pattern": json.dumps(TEXT_PATTERN)}] * 11}),
        json.dumps({"Filters": [{"Pattern": json.dumps({"value": ["x" * 5000]})}]}),
    ],
)
def test_what_lambda_would_not_take_is_refused(text: str) -> None:
    """A filter that does not do what it says must not start."""
    with pytest.raises(PatternError):
        read_criteria(text)


@given(st.none() | st.binary(max_size=30) | st.text(max_size=20).map(str.encode))
def test_any_value_is_judged(value: bytes | None) -> None:
    """No value raises, whatever its bytes are."""
    keep = criteria(JSON_PATTERN, TEXT_PATTERN)
    assert kept(keep, value) in (True, False)

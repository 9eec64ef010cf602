"""Where a field stands in a record."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.message.field_path import MISSING, FieldPath, Place
from tests.support.dispatcher import record

NAMES = st.text(st.characters(exclude_characters=".[", codec="utf-8"), min_size=1, max_size=8).filter(
    lambda name: not name.isdigit()
)


@given(st.lists(NAMES, min_size=1, max_size=4), st.integers())
def test_a_path_finds_what_stands_there(names: list[str], value: int) -> None:
    """A path into the payload reads the value at its end; a name less or more reads another thing."""
    document: Any = value
    for name in reversed(names):
        document = {name: document}
    read = FieldPath.parse("value." + ".".join(names)).reader()
    assert read(record(1), document) == value
    assert FieldPath.parse("value." + ".".join([*names, "more"])).reader()(record(1), document) is MISSING


@pytest.mark.parametrize("document", [None, [], [{"a": 1}], "a", 7, {"b": 1}])
def test_what_is_not_there_is_missing_and_not_null(document: object) -> None:
    """A payload without the field has it missing; one with null has null."""
    read = FieldPath.parse("a").reader()
    assert read(record(1), document) is MISSING
    assert read(record(1), {"a": None}) is None


def test_headers_and_keys_are_read_as_text() -> None:
    """The last header of a name counts, and bytes that are no text are no field."""
    one = record(1, key=b"k", headers=[{"tenant": list(b"a")}, {"tenant": list(b"b")}, {"odd": [255]}])
    assert FieldPath.parse("header.tenant").reader()(one, None) == "b"
    assert FieldPath.parse("key").reader()(one, None) == "k"
    assert FieldPath.parse("header.odd").reader()(one, None) is MISSING
    assert FieldPath.parse("key").reader()(record(1, key=b"\xff"), None) is MISSING
    assert FieldPath.parse("key").reader()(record(1, key=None), None) is MISSING


def test_a_header_s_name_may_have_dots() -> None:
    """All after `header.` is the name."""
    assert FieldPath.parse("header.ce.type") == FieldPath(Place.HEADER, ("ce.type",))


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "not a field"),
        (7, "not a field"),
        ("header", "name of a header"),
        ("header.", "name of a header"),
        ("value", "empty name"),
        ("a..b", "empty name"),
        ("items[0].x", "array"),
        ("items.0.x", "array"),
        ("x" * 600, "not a field"),
    ],
)
def test_what_is_no_path_is_refused_with_a_remedy(written: object, says: str) -> None:
    """A path that can never be right says why."""
    with pytest.raises(ValueError, match=says):
        FieldPath.parse(written)


@given(st.sampled_from(["codigo", "value.a.b", "header.x", "key", "value.key"]))
def test_a_path_is_shown_as_it_is_read(written: str) -> None:
    """What stands in an error can be written into a table."""
    path = FieldPath.parse(written)
    assert FieldPath.parse(str(path)) == path

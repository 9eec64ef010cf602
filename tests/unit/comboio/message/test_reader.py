"""What is read of a payload by its contract."""

import json
from base64 import b64decode
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.message import MalformedMessageError
from comboio.message.content import Content
from comboio.message.contract import MessageContract
from comboio.message.reader import reader
from tests.support.dispatcher import record


def read(value: bytes | None, headers: list[dict[str, list[int]]] | None = None, **contract: Any) -> Content:
    """Read a payload by a contract."""
    return reader(MessageContract.model_validate(contract))(record(1, value, b"k", headers or []))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def test_a_foreign_message_needs_nothing_but_its_code() -> None:
    """A fleet that sends no event id, no truck and no time is routed by its code."""
    content = read(b'{"codigo": 300, "vehicle": 7}')
    assert (content.code, content.event_id, content.entity, content.time) == (300, "", None, None)


def test_fields_are_read_where_the_contract_says() -> None:
    """Paths into the payload, headers and the key each give their field."""
    content = read(
        b'{"data": {"type": "STOP", "at": "2026-11-28T12:00:00Z"}}',
        [{"trip": list(b"t 7")}],
        code="data.type",
        id="header.trip",
        entity="key",
        time="data.at",
        required=["code", "id", "entity", "time"],
    )
    assert (content.code, content.entity, content.time) == ("STOP", "k", "2026-11-28T12:00:00Z")
    assert content.event_id
    assert content.event_id != "t 7", "an id with a space is replaced by its digest"


@pytest.mark.parametrize("name", ["code", "id", "entity", "time"])
def test_a_required_field_that_is_missing_is_named(name: str) -> None:
    """The error says which field is missing, and where it was looked for."""
    with pytest.raises(MalformedMessageError, match=rf"{name}.*value\.deep\.{name}"):
        read(b'{"deep": {}}', None, **{name: f"deep.{name}"}, required=[name])


@pytest.mark.parametrize(("value", "code"), [(b'"300"', 300), (b"300.0", 300), (b'"A-7"', "A-7"), (b"0", 0)])
def test_a_code_is_a_number_or_a_text(value: bytes, code: object) -> None:
    """A text of digits is the number that it writes."""
    assert read(b'{"codigo": %s}' % value).code == code


@pytest.mark.parametrize("value", [b"true", b"-1", b"1.5", b"[]", b"{}", b'""', b'"\\u0000"', b"1e300"])
def test_a_code_that_is_neither_is_malformed(value: bytes) -> None:
    """The error names the field and never quotes the payload."""
    with pytest.raises(MalformedMessageError, match=r"code, in value\.codigo"):
        read(b'{"codigo": %s}' % value)


@given(st.binary(max_size=60))
def test_no_payload_breaks_a_json_reader(value: bytes) -> None:
    """Any bytes are read, or are malformed."""
    with suppress(MalformedMessageError):
        read(value, required=[])


@given(JSON)
def test_json_goes_through_untouched(document: object) -> None:
    """What destinations are sent of JSON is the payload's own bytes, whatever kind of JSON it is."""
    content = read(json.dumps(document).encode(), code="header.code", required=[])
    assert (content.document, content.text) == (document, None)


@pytest.mark.parametrize("value", [b"NaN", b'{"codigo": Infinity}', b"\xff", b"[" * 100_000, b"", b"{} {}"])
def test_what_is_not_json_is_malformed(value: bytes) -> None:
    """Strict receivers would refuse it, so it ends here."""
    with pytest.raises(MalformedMessageError, match="payload"):
        read(value)


@given(st.binary(max_size=40))
def test_a_raw_payload_comes_out_whole(value: bytes) -> None:
    """Text stays text, and anything else is base64 that says so."""
    content = read(value, format="raw")
    assert content.text is not None
    assert content.json is not None
    sent = content.text
    assert json.loads(content.json) == sent
    assert (b64decode(sent) if content.binary else sent.encode()) == value


def test_a_raw_payload_is_not_looked_into() -> None:
    """Its code comes from a header or the key, and a contract that looks inside is refused."""
    assert read(b'{"codigo": 300}', [{"kind": list(b"42")}], format="raw", code="header.kind").code == 42
    assert read(b"x", format="raw").code is None
    with pytest.raises(ValueError, match="not looked into"):
        MessageContract.model_validate({"format": "raw", "code": "data.kind"})


def test_an_envelope_s_fields_stand_inside_it() -> None:
    """The payload of Kafka Connect's JSON is read, and the bytes go on with their envelope."""
    value = b'{"schema": {}, "payload": {"codigo": 7}}'
    content = read(value, format="json-envelope")
    assert (content.code, content.text) == (7, None)
    with pytest.raises(MalformedMessageError, match="no field payload"):
        read(b'{"codigo": 7}', format="json-envelope")


def test_a_tombstone_needs_no_field() -> None:
    """A record without a value is read by its headers and its key, and is null downstream."""
    content = read(None, [{"kind": list(b"gone")}], code="header.kind", required=["code", "id"])
    assert (content.code, content.text, content.json) == ("gone", "null", None)


@pytest.mark.parametrize(
    ("contract", "says"),
    [
        ({"code": None}, "does not say where"),
        ({"code": "a[0]"}, "array"),
        ({"required": ["codigo"]}, "required"),
        ({"format": "xml"}, "format"),
        ({"codigo": "x"}, "codigo"),
        ({"format": "raw", "required": ["id"]}, "does not say where"),
    ],
)
def test_a_wrong_contract_says_what_is_wrong(contract: dict[str, object], says: str) -> None:
    """Each fault of a contract stops the table."""
    with pytest.raises(ValueError, match=says):
        MessageContract.model_validate(contract)

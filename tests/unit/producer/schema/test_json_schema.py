"""JSON is checked by its schema and goes as it came, with the schema's id before it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.message.contract import MessageContract
from comboio.message.registry.decoder import decoder
from comboio.message.registry.registry import Registered
from producer.schema import json_schema
from producer.schema.encode import NoMatchError, SchemaError

SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["code"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "integer", "minimum": 0},
        "driver": {"$ref": "driver.json"},
        "more": {"additionalProperties": {"type": "integer"}},
        "tags": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}},
    },
}
DRIVER = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
REGISTERED = Registered(json.dumps(SCHEMA), {"driver.json": json.dumps(DRIVER)})
ENCODE = json_schema.encoder(REGISTERED, 258)


def test_a_payload_s_bytes_stay_as_they_are() -> None:
    """With their blanks; the dispatcher takes the id off and reads them."""
    payload = b'{ "code": 300,  "driver": {"name": "Jo\xc3\xa3o"} }'
    found = ENCODE(payload)
    assert found == b"\0\0\0\x01\x02" + payload
    contract = MessageContract.model_validate({"registry": "http://registry"})
    assert decoder(contract)(found).document == json.loads(payload)


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "^malformed: code: its JSON Schema requires it, and it is missing$"),
        ({"code": "secret"}, "^malformed: code: it breaks `type` of its JSON Schema$"),
        ({"code": -1}, "code: it breaks `minimum`"),
        ({"code": 1, "driver": {}}, "^malformed: driver.name: its JSON Schema requires it"),
        ({"code": 1, "driver": {"name": 5}}, "^malformed: driver.name: it breaks `type`"),
        ({"code": 1, "tags": ["secret", "SECRET"]}, "^malformed: tags: it breaks `pattern`"),
        ({"code": 1, "secret": 1}, "^malformed: payload: it breaks `additionalProperties`"),
        ({"code": 1, "more": {"secret": "secret"}}, r"^malformed: more.\*: it breaks `type`"),
        ("secret", "payload: it breaks `type`"),
    ],
)
def test_what_does_not_match_is_named_and_its_value_is_not(document: Any, says: str) -> None:
    """By the schema's own words."""
    with pytest.raises(NoMatchError, match=says) as found:
        ENCODE(json.dumps(document).encode())
    assert "secret" not in str(found.value).lower()


@pytest.mark.robustness("input of any shape")
@given(st.binary(max_size=40))
def test_no_payload_ends_the_producer(value: bytes) -> None:
    """Any bytes are encoded or refused."""
    with pytest.raises(NoMatchError):
        ENCODE(value)


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "5",
        "null",
        '{"type": "nonsense"}',
        '{"$ref": "gone.json"}',
        '{"$ref": "http://127.0.0.1:9/x"}',
        '{"$ref": "file:///etc/hostname"}',
        '{"$schema": "http://127.0.0.1:9/x"}',
        "[" * 5_000,
    ],
)
def test_a_registry_s_nonsense_is_no_schema(text: str) -> None:
    """And what a schema refers to is fetched from nowhere: no address, no file."""
    with pytest.raises(SchemaError, match="schema 1 cannot be used as a JSON Schema"):
        json_schema.encoder(Registered(text), 1)


def test_a_slow_pattern_takes_no_time() -> None:
    """A schema's pattern is matched without going back and forth, whatever it is."""
    encode = json_schema.encoder(Registered('{"pattern": "^(a+)+$"}'), 1)
    with pytest.raises(NoMatchError, match="pattern"):
        encode(b'"%b!"' % (b"a" * 5_000))

"""docs/reference/dead-letter.schema.json describes what the code writes and reads."""

import base64
import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given

from comboio.contract.dead_letter import VERSION, DeadLetter, ForeignLetterError
from comboio.contract.dead_letter_schema import Reason
from tests.support.replayer import letter
from tests.unit.comboio.contract.test_dead_letter import LETTERS

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[4] / "docs" / "reference" / "dead-letter.schema.json").read_text(encoding="utf-8")
)
LETTER = SCHEMA["$defs"]["letter"]
KINDS = {"string": str, "integer": int, "null": type(None), "array": list, "object": dict}


def faults(value: Any, schema: dict[str, Any], place: str = "letter") -> list[str]:
    """Return what a value breaks of a schema, of the keywords that this one uses."""
    if "$ref" in schema:
        schema = {
            **SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]],
            **{k: v for k, v in schema.items() if k != "$ref"},
        }
    kinds = schema.get("type", list(KINDS))
    found = []
    if not isinstance(value, tuple(KINDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))):
        found.append(f"{place}: {type(value).__name__}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{place}: not {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: not in the enumeration")
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{place}: not within its bounds")
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append(f"{place}: not of the pattern")
    if isinstance(value, str) and schema.get("contentEncoding") == "base64":
        base64.b64decode(value, validate=True)
    if isinstance(value, list):
        parts = schema.get("prefixItems") or [schema.get("items", {})] * len(value)
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{place}: length {len(value)}")
        for number, (item, part) in enumerate(zip(value, parts, strict=False)):
            found += faults(item, part, f"{place}.{number}")
    if isinstance(value, dict):
        found += [f"{place}: no {name}" for name in schema.get("required", ()) if name not in value]
        for name, item in value.items():
            if name in schema.get("properties", {}):
                found += faults(item, schema["properties"][name], f"{place}.{name}")
            elif schema.get("additionalProperties") is False:
                found.append(f"{place}: {name} is not known")
    return found


@given(LETTERS)
def test_every_letter_keeps_the_schema(dead: DeadLetter) -> None:
    """Every letter that the code can make keeps the schema."""
    assert faults(json.loads(dead.to_json()), LETTER) == []


def test_the_schema_has_the_fields_of_the_letter_and_no_others() -> None:
    """The schema requires every field of the code's letter, and has its version and its reasons."""
    names = set(DeadLetter.__struct_fields__) | {"comboio_dead_letter", "id"}
    assert set(LETTER["properties"]) == set(LETTER["required"]) == names
    assert LETTER["properties"]["comboio_dead_letter"]["const"] == VERSION
    assert set(LETTER["properties"]["reason"]["enum"]) == set(get_args(Reason))


@pytest.mark.parametrize("name", LETTER["required"])
def test_a_letter_without_a_required_field_breaks_schema_and_reader_alike(name: str) -> None:
    """The schema and the reader refuse an envelope that lacks any one field."""
    given = letter().to_fields()
    del given[name]
    assert faults(given, LETTER) == [f"letter: no {name}"]
    with pytest.raises(ForeignLetterError):
        DeadLetter.from_fields(given)

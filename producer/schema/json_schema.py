"""Checks JSON by its schema, by jsonschema-rs: the bytes of a message stay as they are."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from jsonschema_rs import Registry, ValidationError

from comboio.message.registry.registry import Registered
from producer.schema.encode import Encode, NoMatchError, SchemaError, document, prefix


def encoder(registered: Registered, schema_id: int) -> Encode:
    """Return what checks by a schema and names it. What a schema refers to is the registry's, and never fetched.

    Raises:
        SchemaError: it is no JSON Schema, or refers to what the registry does not have.
    """
    try:
        imported: list[tuple[str, Any]] = [(name, json.loads(text)) for name, text in registered.imports.items()]
        schema: Any = json.loads(registered.text)
        validator: Any = jsonschema_rs.validator_for(schema, registry=Registry(imported), offline=True)
        names = frozenset(_names([schema, *(each for _, each in imported)]))
    except Exception as error:  # a registry may hold anything
        raise SchemaError(
            f"The registry's schema {schema_id} cannot be used as a JSON Schema ({type(error).__name__}). Check which "
            "schema the subject has, and that the registry has all that it refers to."
        ) from None
    before = prefix(schema_id)

    def encode(value: bytes) -> bytes:
        found = document(value)
        try:
            validator.validate(found)
        except ValidationError as error:
            raise _no_match(error, names) from None
        except Exception as error:  # whatever a message makes the library do, the next one goes on
            raise NoMatchError("", f"it cannot be checked by its JSON Schema ({type(error).__name__})") from None
        return before + value

    return encode


def _no_match(error: ValidationError, names: frozenset[str]) -> NoMatchError:
    """Name the field by the schema's own words, and the keyword that it breaks; where one is missing, which."""
    path = [part if part in names else "*" for part in error.instance_path if isinstance(part, str)]
    missing = getattr(error.kind, "property", None)
    if missing is not None:
        return NoMatchError(".".join([*path, missing]), "its JSON Schema requires it, and it is missing")
    return NoMatchError(".".join(path), f"it breaks `{error.kind.name}` of its JSON Schema")


def _names(schema: Any) -> Iterator[str]:
    """Return the names of all properties that a schema describes."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        schema = [*schema.values()]
    if isinstance(schema, list):
        for each in schema:
            yield from _names(each)

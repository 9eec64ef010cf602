"""The least and the most allowed value of each option, read from a settings model."""

from enum import Enum
from typing import Any, Literal, get_args, get_origin

from comboio.settings import Settings

SCHEMA_OPTIONS = ("PRODUCER_FORMAT", "PRODUCER_REGISTRY_TIMEOUT", "PRODUCER_SUBJECT_NAMES", "PRODUCER_SCHEMA_REGISTER")
"""Options of the producer that a registry belongs to; with their defaults they are as if not given."""


def edges(model: type[Settings]) -> list[tuple[str, str]]:
    """Return (environment variable, value) pairs: the edges of each number, and each word of each list of words."""
    found = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        bounds: dict[str, Any] = {}
        for bound in field.metadata:
            bounds |= {each: getattr(bound, each) for each in ("ge", "gt", "le", "lt") if hasattr(bound, each)}
        values: list[str] = []
        if kind is bool:
            values = ["true", "false"]
        elif kind in (int, float):
            step = 1 if kind is int else 0.001
            if bounds.get("ge", bounds.get("gt")) is not None:
                values.append(f"{bounds['ge'] if bounds.get('ge') is not None else bounds['gt'] + step}")
            if bounds.get("le", bounds.get("lt")) is not None:
                values.append(f"{bounds['le'] if bounds.get('le') is not None else bounds['lt'] - step}")
        elif get_origin(kind) is Literal:
            values = [str(choice) for choice in get_args(kind)]
        elif isinstance(kind, type) and issubclass(kind, Enum):
            values = [str(choice.value) for choice in kind]
        found += [(model.environment_name(name), value) for value in values]
    return found


def unbounded(model: type[Settings]) -> list[str]:
    """Return the numbers that have no least or no most allowed value: nobody can try their edge."""
    missing = []
    for name, field in model.model_fields.items():
        if field.annotation in (int, float):
            has = {each for bound in field.metadata for each in ("ge", "gt", "le", "lt") if hasattr(bound, each)}
            if not (has & {"ge", "gt"} and has & {"le", "lt"}):
                missing.append(model.environment_name(name))
    return missing


def with_schema(variable: str, value: str) -> dict[str, str]:
    """Return what one of the producer's options of schemas needs beside it; nothing for any other option."""
    if variable not in SCHEMA_OPTIONS or value in ("json", "topic", "false"):
        return {}
    needed = {
        "PRODUCER_FORMAT": "avro",
        "PRODUCER_REGISTRY": "http://127.0.0.1:1",
        "PRODUCER_SCHEMA_FILE": __file__,
    }
    if (variable, value) == ("PRODUCER_SUBJECT_NAMES", "record"):
        needed["PRODUCER_SCHEMA_RECORD"] = "fleet.Reading"
    return {name: given for name, given in needed.items() if name != variable}

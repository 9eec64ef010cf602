"""Options of a service: one pydantic model each, read from the environment and checked at start."""

import os
import sys
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

_BOUNDS = {
    "ge": "at least",
    "gt": "more than",
    "le": "at most",
    "lt": "less than",
    "min_length": "length at least",
    "max_length": "length at most",
    "pattern": "matching",
}


class SettingsError(Exception):
    """An option is missing or wrong; the message has a line for each, with what is allowed."""


class Settings(BaseModel):
    """Base of every service's options.

    A field is one option: its description is its sentence, its annotation its type and bounds, its
    default its default. Its environment name is `PREFIX` + the field's name in capitals, or the field's
    alias where the name is shared between services (`KAFKA_BOOTSTRAP_SERVERS`).
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    PREFIX: ClassVar[str] = ""

    @classmethod
    def environment_name(cls, name: str) -> str:
        """The environment variable of the field `name`."""
        return cls.model_fields[name].alias or f"{cls.PREFIX}{name.upper()}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Reads and checks all options; an empty variable counts as unset.

        Raises:
            SettingsError: something is wrong; every wrong option is in the message.
        """
        given: dict[str, Any] = {}
        for name in cls.model_fields:
            text = environ.get(cls.environment_name(name), "")
            if text != "":
                given[name] = text
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise SettingsError(cls._explain(error)) from None

    @classmethod
    def _explain(cls, error: ValidationError) -> str:
        lines = []
        for problem in error.errors(include_url=False):
            location = str(problem["loc"][0]) if problem["loc"] else ""
            by_alias = {field.alias: name for name, field in cls.model_fields.items() if field.alias}
            name = by_alias.get(location, location)
            if name not in cls.model_fields:
                lines.append(problem["msg"])
                continue
            field = cls.model_fields[name]
            what = "is not set" if problem["type"] == "missing" else f"is {problem['input']!r}: {problem['msg']}"
            lines.append(
                f"{cls.environment_name(name)} {what}. Allowed: {_allowed(field)}. {field.description or ''}".rstrip()
            )
        return "\n".join(lines)

    @classmethod
    def describe(cls) -> str:
        """Every option as text for `--help` and the README: name, type, default, sentence."""
        lines = []
        for name, field in cls.model_fields.items():
            default = "required" if field.is_required() else f"default {field.get_default(call_default_factory=True)!r}"
            lines.append(f"  {cls.environment_name(name)}  ({_allowed(field)}; {default})")
            lines.append(f"      {field.description or ''}")
        return "\n".join(lines)


def _allowed(field: FieldInfo) -> str:
    """The type and the bounds of an option, in words."""
    kind = getattr(field.annotation, "__name__", None)
    if kind is None or "[" in str(field.annotation):
        kind = str(field.annotation).replace("typing.", "").replace("Literal", "one of ")
    bounds = [
        f"{words} {getattr(bound, attribute)}"
        for bound in field.metadata
        for attribute, words in _BOUNDS.items()
        if hasattr(bound, attribute)
    ]
    return ", ".join([kind, *bounds])


def stop_for(error: Exception) -> NoReturn:
    """Ends a command with one message and status 2, the shell's own for wrong use."""
    sys.stderr.write(f"{error}\n")
    raise SystemExit(2)

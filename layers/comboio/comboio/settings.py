"""Options of a service: one pydantic model each, read from the environment and checked at start."""

import os
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, ClassVar, Literal, NamedTuple, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from comboio.errors import ConfigurationError

BOUNDS = {
    "ge": "at least",
    "gt": "more than",
    "le": "at most",
    "lt": "less than",
    "min_length": "length at least",
    "max_length": "length at most",
    "pattern": "matching",
}
"""The attributes of a bound, in words."""

KINDS = {int: "whole number", float: "number", bool: "true or false", Path: "path", SecretStr: "secret text"}
"""Types of options, in words; every other one is text."""

FILE = "_FILE"
"""What the variable's name ends with that names a file with an option's value."""

_LONGEST_ECHO = 40
"""Characters of a wrong value that an error repeats; more helps nobody."""


class SettingsError(ConfigurationError):
    """An option is missing or wrong; the message has a line for each, with what is allowed."""


class ExplainedError(ValueError):
    """Raised by a validator whose text repeats no part of the value: the only text that a secret's error may show."""


class Option(NamedTuple):
    """One option, as `--help` and the reference describe it."""

    variable: str
    """The environment variable."""
    allowed: str
    """Type and bounds, in words."""
    default: str
    """The default in words: `required`, `unset`, or the value."""
    sentence: str
    """What it does."""


class Settings(BaseModel):
    """Base of every service's options.

    A field is one option: its description is its sentence, its annotation its type and bounds, its default its
    default. Its environment name is `PREFIX` + the field's name in capitals, or the field's alias where the name is
    shared between services (`KAFKA_BOOTSTRAP_SERVERS`). A file can hold the value instead: `<name>_FILE` is its path.

    A field of type `SecretStr` is a secret: nothing that these settings print has its value. Nor do errors repeat
    the value of any option that is free text or a path, because people put passwords there too.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, hide_input_in_errors=True)

    PREFIX: ClassVar[str] = ""

    @classmethod
    def environment_name(cls, name: str) -> str:
        """Return the environment variable of the field `name`."""
        return cls.model_fields[name].alias or f"{cls.PREFIX}{name.upper()}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read and check all options; an empty variable counts as unset.

        Raises:
            SettingsError: something is wrong; every wrong option is in the message.
        """
        given: dict[str, str] = {}
        wrong: dict[str, str] = {}
        variables = {name: cls.environment_name(name) for name in cls.model_fields}
        own = frozenset(variables.values())
        for name, variable in variables.items():
            text = environ.get(variable, "")
            place = environ.get(variable + FILE, "") if variable + FILE not in own else ""
            if text and place:
                wrong[name] = f"{variable} and {variable}{FILE} are both set. Unset one of them."
            elif place:
                try:
                    text = Path(place).read_text(encoding="utf-8").rstrip("\r\n")
                except (OSError, ValueError) as error:
                    why = getattr(error, "strerror", None) or "it is not UTF-8 text"
                    wrong[name] = f"{variable}{FILE} names a file that cannot be read: {why}."
            if text:
                given[name] = text
        try:
            found = cls.model_validate(given)
        except ValidationError as error:
            raise SettingsError("\n".join([*wrong.values(), *cls._explain(error, given, wrong)])) from None
        if wrong:
            raise SettingsError("\n".join(wrong.values()))
        return found

    @classmethod
    def _explain(cls, error: ValidationError, given: Mapping[str, str], wrong: Mapping[str, str]) -> list[str]:
        """Return a line for each wrong option that has none in `wrong` yet."""
        lines = []
        by_alias = {field.alias: name for name, field in cls.model_fields.items() if field.alias}
        for problem in error.errors(include_url=False, include_input=False):
            location = str(problem["loc"][0]) if problem["loc"] else ""
            name = by_alias.get(location, location)
            if name not in cls.model_fields:
                lines.append(_own_words(problem) or problem["msg"])
            elif name not in wrong:
                field = cls.model_fields[name]
                what = "is not set" if problem["type"] == "missing" else _fault(field, problem, given.get(name, ""))
                sentence = field.description or ""
                lines.append(f"{cls.environment_name(name)} {what}. Allowed: {_allowed(field)}. {sentence}".rstrip())
        return lines

    @classmethod
    def options(cls) -> list[Option]:
        """Return every option, in the order of the fields."""
        return [
            Option(cls.environment_name(name), _allowed(field), _default(field), field.description or "")
            for name, field in cls.model_fields.items()
        ]

    @classmethod
    def describe(cls) -> str:
        """Return every option as text for `--help`: name, type, default, sentence."""
        lines = []
        for variable, allowed, default, sentence in cls.options():
            lines.append(f"  {variable}  ({allowed}; {default})")
            lines.append(f"      {sentence}")
        return "\n".join([*lines, f"  A file can hold any value instead: set NAME{FILE} to its path."])


def _fault(field: FieldInfo, problem: Mapping[str, Any], text: str) -> str:
    """Return what is wrong with the option whose value is `text`, without a value that could be a secret."""
    explained = isinstance(problem.get("ctx", {}).get("error"), ExplainedError)
    if _type(field) is SecretStr and not explained:
        return "is not accepted (its value is not shown)"
    reason = f": {said}" if (said := _own_words(problem)) else ""
    if not _is_closed(_type(field)):
        return f"is not accepted{reason}"
    shown = text if len(text) <= _LONGEST_ECHO else f"{text[:_LONGEST_ECHO]}..."
    return f"is {shown!r}{reason}"


def _own_words(problem: Mapping[str, Any]) -> str:
    """Return the sentence of a check of ours; empty for one of the library's, which says less than what is allowed."""
    return str(problem["msg"]).removeprefix("Value error, ") if problem["type"] == "value_error" else ""


def _type(field: FieldInfo) -> Any:
    """Return an option's type, without the None of an option that can be unset."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(field.annotation) and len(kinds) == 1 else field.annotation


def _is_closed(kind: Any) -> bool:
    """Return whether values of the type are numbers or a list of words, where no secret belongs."""
    return kind in (int, float, bool) or bool(_choices(kind))


def _choices(kind: Any) -> list[str]:
    if get_origin(kind) is Literal:
        return [str(choice) for choice in get_args(kind)]
    return [str(choice.value) for choice in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []


def _allowed(field: FieldInfo) -> str:
    """Return the type and the bounds of an option, in words."""
    kind = _type(field)
    choices = _choices(kind)
    words = f"one of {', '.join(choices)}" if choices else KINDS.get(kind, "text")
    bounds = [
        f"{bound_words} {getattr(bound, attribute)}"
        for bound in field.metadata
        for attribute, bound_words in BOUNDS.items()
        if hasattr(bound, attribute)
    ]
    return ", ".join([words, *bounds])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, tuple) and type(value) is tuple:
        value = ",".join(map(str, value))
    empty = value is None or (isinstance(value, str | SecretStr | dict) and not value)
    return "unset" if empty or isinstance(value, SecretStr) else f"default {value}"

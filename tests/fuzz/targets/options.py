"""What holds for the options of producer and consumer alike."""

from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from comboio.settings import FILE, Settings
from tests.fuzz.target import CANARY

NOWHERE = "\0"

SILENT = (str, Path, SecretStr)
"""Types of options whose values no error repeats: people put passwords there."""

NAMES_FIELDS = "CONSUMER_FILTER_CRITERIA"
"""Its errors name fields and operators of the pattern, as they must."""


def hidden(kind: type[Settings], values: Mapping[str, str]) -> str:
    """Return what no error may show, given the values; what no text has, if they say it where errors may."""
    silent = {kind.environment_name(name) for name, field in kind.model_fields.items() if _type(field) in SILENT}
    silent.discard(NAMES_FIELDS)
    shown = {name for name, value in values.items() if CANARY in value} - silent - {name + FILE for name in silent}
    return NOWHERE if shown & {kind.environment_name(name) for name in kind.model_fields} else CANARY


def words(kind: type[Settings]) -> list[bytes]:
    """Return the names of the options, and what they hold."""
    names = [kind.environment_name(name).encode() for name in kind.model_fields]
    return [*names, *(b"\n%b=" % name for name in names), b"_FILE", CANARY.encode(), b"/nowhere", b"x" * 300, b"/" * 9]


def _type(field: FieldInfo) -> Any:
    kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(field.annotation) and len(kinds) == 1 else field.annotation

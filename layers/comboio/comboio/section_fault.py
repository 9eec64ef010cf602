"""What is wrong in a section, in the words of whoever writes it instead of the library's that checks it."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

_SAID: Mapping[str, str] = MappingProxyType(
    {
        "missing": "it is missing, and must be there",
        "string_type": "it must be a text, in quotes",
        "tuple_type": 'it must be a list: `["one", "two"]`',
        "list_type": 'it must be a list: `["one", "two"]`',
        "dict_type": 'it must be a section, or a table such as `{ name = "value" }`',
        "model_type": 'it must be a section, or a table such as `{ name = "value" }`',
        "bool_type": "it must be true or false",
        "int_type": "it must be a whole number, without quotes",
        "int_from_float": "it must be a whole number, without quotes",
        "float_type": "it must be a number, without quotes",
        "finite_number": "it must be a number, and neither inf nor nan",
        "int_parsing_size": "the number is too large",
    }
)
"""By pydantic's name of the fault; its own sentences are about Python."""


def said(fault: Mapping[str, Any], options: Collection[str], form: str) -> str:
    """Return a fault as pydantic has it in a sentence: what is wrong, and what would be right.

    `options` are those that the section has, `form` is what a text that must have a form is for. No value is quoted, as
    it may be secret.
    """
    kind = fault["type"]
    if kind == "extra_forbidden":
        return f"there is no such option; there are: {', '.join(sorted(options))}"
    if kind == "string_pattern_mismatch":
        return f"it does not have the form that it must have: {form}"
    if kind == "too_short":
        return f"it must have {fault['ctx']['min_length']} or more elements"
    text: str = _SAID.get(kind) or fault["msg"]
    return text.removeprefix("Value error, ").replace("Input should", "it should").replace("String should", "it should")

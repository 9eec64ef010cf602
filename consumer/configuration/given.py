"""What a property of a mapping gives the consumer."""

from typing import NamedTuple

MAPPING = "the mapping"
"""Whose properties they are, in errors."""


class Given(NamedTuple):
    """One option that a mapping gives, or a sentence on what it asks for in vain."""

    variable: str
    """The option's environment variable; with a sentence, the one that makes it needless."""
    value: str = ""
    sentence: str = ""

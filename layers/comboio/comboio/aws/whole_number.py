"""A whole number as DynamoDB answers it: a text, in an attribute of type N."""

from typing import Any


def whole_number(attribute: Any) -> int:
    """Return the number of an attribute.

    Raises:
        ValueError: it has none, or none as DynamoDB writes it.
    """
    text = attribute.get("N") if isinstance(attribute, dict) else None
    if not isinstance(text, str):
        raise ValueError("an attribute is no number")
    return int(text)

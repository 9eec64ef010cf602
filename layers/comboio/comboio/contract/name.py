"""What a destination or a route of the table may be called: it stands in hold messages, items, metrics and logs."""

import re

NAME = r"^[a-z][a-z0-9_-]{0,47}$"
"""As the table's schema says it."""

_WHOLE = re.compile(NAME[1:-1])


def is_name(value: object) -> bool:
    """Return whether a value is such a name."""
    return isinstance(value, str) and _WHOLE.fullmatch(value) is not None

"""When an event happened, in milliseconds, as a function of the event alone: every copy of it has the same."""

import re
from datetime import UTC, datetime, timedelta

_UUID7 = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
"""RFC 9562, 5.7: the first 48 bits are milliseconds since 1970."""

SECONDS_BELOW = 100_000_000_000
"""A time below this is in seconds, and one above in milliseconds: as seconds it would be in the year 5138."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def uuid7_ms(event_id: str) -> int | None:
    """Return the time in an id of UUID version 7; None for any other id."""
    found = _UUID7.fullmatch(event_id) if len(event_id) == 36 else None
    return int(found[1] + found[2], 16) if found else None


def written_ms(time: datetime | str | float) -> int:
    """Return a time as a message writes it: ISO 8601 (of UTC where it says no offset), seconds or milliseconds.

    Raises:
        ValueError: the text is no time.
    """
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
    if isinstance(time, datetime):
        return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - EPOCH) // _MILLISECOND
    return int(time * 1000 if time < SECONDS_BELOW else time)

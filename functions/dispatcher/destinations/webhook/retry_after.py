"""The Retry-After header (RFC 9110, section 10.2.3): seconds, or a date."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from comboio.destination_state.state import LONGEST_RETRY_AFTER_MS

MAX_S = LONGEST_RETRY_AFTER_MS / 1000
"""Maximum wait that is believed, by whoever obeys it: the fleet, a batch, and what waits in the hold queue."""

SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


def retry_after_s(value: str | None, now: int) -> float | None:
    """Return how long a receiver asks to wait, in seconds from `now` (epoch ms); None if it does not say so clearly."""
    if value is None:
        return None
    text = value.strip()
    if SECONDS.fullmatch(text):
        return min(float(text), MAX_S)
    try:
        date = parsedate_to_datetime(text)
        moment_s = date.replace(tzinfo=date.tzinfo or UTC).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(moment_s - now / 1000, 0.0), MAX_S)

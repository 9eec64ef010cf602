"""Time as the contract writes it."""

from datetime import UTC, datetime


def iso_utc(ms: int) -> str:
    """Return `2026-11-22T15:00:00.123Z` from milliseconds since 1970."""
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"

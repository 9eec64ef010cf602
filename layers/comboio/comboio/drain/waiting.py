"""What a drainer saw of an order group that it could not drain, for the people who ask what waits. Pure.

Nothing is decided by it: it is as old as the drainer's last look, and knows nothing of the group's messages that the
hold queue withholds behind those that were received.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

MOST_ERROR = 300
"""Characters of an error that are kept; the log has more."""

MOST_CODES = 20
"""Codes that are counted by name; a message with more has few records of each."""


class Waiting(NamedTuple):
    """An order group at the end of the drainer's last look. Times are epoch ms."""

    destination: str
    topic: str
    partition: int
    records: int
    """Of the messages that were received: those with which something remains to be done."""
    codes: Mapping[str, int]
    """Records by code, of the first message alone; `""` stands for none, and for codes beyond MOST_CODES."""
    oldest: int
    """When the destination first did not take the oldest of them."""
    attempts: int
    """The most that one of them has used."""
    error: str
    """Why it stopped."""
    seen_at: int
    again_at: int
    """When it is tried again."""
    receipts: tuple[str, ...] = ()
    """With which the wait can be cut short; empty where it is short."""

    def to_json(self) -> str:
        """Return it as it is stored."""
        return json.dumps(self._asdict(), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Waiting | None":
        """Read it; None if this version cannot."""
        try:
            fields: dict[str, Any] = json.loads(text)
            numbers = {name: int(fields[name]) for name in NUMBERS}
            codes = {str(code): int(count) for code, count in fields["codes"].items()}
            receipts = tuple(map(str, fields["receipts"]))
            texts = {name: str(fields[name]) for name in ("destination", "topic", "error")}
            return cls(**texts, **numbers, codes=codes, receipts=receipts)  # type: ignore[arg-type]  # by their names
        except (ValueError, LookupError, TypeError, AttributeError):
            return None


NUMBERS = ("partition", "records", "oldest", "attempts", "seen_at", "again_at")
"""Fields that are numbers."""


def counted(codes: Mapping[str, int]) -> dict[str, int]:
    """Return the commonest MOST_CODES codes, and all others as one."""
    ranked = sorted(codes.items(), key=lambda each: -each[1])
    shown = dict(ranked[:MOST_CODES])
    if rest := sum(count for _, count in ranked[MOST_CODES:]):
        shown[""] = shown.get("", 0) + rest
    return shown

"""What the dispatcher reads of a message, whatever its format."""

from datetime import datetime
from typing import Any

from msgspec import Struct

Code = int | str
"""What kind of event a message tells of: a number, or a name."""

MAX_CODE = 2**63 - 1
"""The largest code that is a number."""


class Content(Struct, gc=False, frozen=True):
    """What a message says. None stands for what it does not say, or what its contract does not ask for."""

    code: Code | None
    event_id: str
    """The id that a sender gave the event; the record's own where the contract derives it."""
    entity: str | None = None
    """What the event happened to: the truck."""
    time: datetime | str | float | None = None
    """When it happened, as the payload writes it: ISO 8601, or seconds or milliseconds since 1970; or read already."""
    document: Any = None
    """The decoded payload; None where nothing has looked inside it."""
    text: str | None = None
    """What destinations are sent in place of the payload's own bytes; None: those, which are JSON."""
    json: str | None = None
    """`text` as it stands within JSON; None: it is JSON already."""
    binary: bool = False
    """Whether `text` is base64, because the payload is not text."""

    def __repr__(self) -> str:
        """Say of what it is; what the message says stands in no log."""
        return f"Content({self.code!r}, {self.event_id!r})"

"""The events of events/, and what its README says of each."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from local.recording.folder import EVENTS, read

NAMES = sorted(path.name for path in EVENTS.iterdir() if path.is_file() and ".json" in path.name)
"""The events that invoke the dispatcher; the folders have other documents."""

ROW = re.compile(
    r"\| \[(?P<name>[^\]]+)\]\((?P<link>[^)]+)\) \| (?P<shows>[^|]+) \| `(?P<answer>[^`]*)` \| (?P<then>[^|]+) \|"
)


class Described(NamedTuple):
    """A row of the README's tables."""

    name: str
    shows: str
    answer: str
    """What must be answered, as the README writes it."""
    then: str
    """What has become of the records then."""


def event(name: str) -> dict[str, Any]:
    """Return an event; each call gives one of its own."""
    return read(EVENTS / name)


def described() -> Iterator[Described]:
    """Yield the rows of the README."""
    for row in ROW.finditer((EVENTS / "README.md").read_text(encoding="utf-8")):
        assert row["name"] == row["link"]
        yield Described(row["name"], row["shows"], row["answer"], row["then"].strip())

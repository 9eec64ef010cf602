"""The files of events/: small events for people to read, large ones compressed."""

import gzip
import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[2] / "events"

_READABLE_BYTES = 100_000
"""A larger event is compressed: nobody reads it, and the repository stays small."""

Event = dict[str, Any]


def read(path: Path) -> Event:
    """Return the event of a file; one that ends in .gz is compressed."""
    content = path.read_bytes()
    found: Event = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    return found


def write(name: str, event: Event, folder: Path = EVENTS) -> Path:
    """Write an event under a name without an ending; return where it is. The same event is the same file."""
    path = folder / f"{name}.json"
    content = (json.dumps(event, indent=1) + "\n").encode()
    if len(content) > _READABLE_BYTES:
        path = path.with_suffix(".json.gz")
        content = gzip.compress(json.dumps(event, separators=(",", ":")).encode(), mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path

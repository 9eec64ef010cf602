"""Writes a look as a line of JSON, for a pipe or a file."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from ops.watch.panel import Panel


def line(at: float, panels: Iterable[Panel]) -> str:
    """Return the line: the time, each panel's values by its title, and the sentences of what is not known."""
    found = list(panels)
    values = {panel.title: {row.label: row.value for row in panel.rows} for panel in found if panel.rows}
    notes = {panel.title: panel.note for panel in found if panel.note}
    return json.dumps(
        {"at": datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"), **values, "not_known": notes}
    )

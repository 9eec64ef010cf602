"""Draws the board in a terminal. Pure: panels in, something to print out."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.panel import Panel as Box
from rich.table import Table
from rich.text import Text

from ops.safe_text import safe
from ops.watch.panel import Panel, Row

WIDTH = 46
"""Columns of a panel: three of them beside each other in a terminal of 140."""

MOST_ROWS = 8
"""Rows of a panel; more are counted."""

_MOST_WORDS = 30
"""Columns of a value in words, which goes on in the next line; the label keeps the rest."""

NAMED = 3
"""Titles that a sentence for several panels names; the others are counted."""


def board(title: str, panels: Sequence[Panel], width: int) -> RenderableType:
    """Return the whole board for a terminal of so many columns: what is known, then in one line what is quiet."""
    shown = [panel for panel in _merged(panels) if panel.rows or panel.note]
    quiet = [panel.title for panel in panels if not panel.rows and not panel.note]
    grid = Table.grid(padding=(0, 1))
    grid.add_row(*(Group(*map(_box, column)) for column in _columns(shown, max(1, width // (WIDTH + 1)))))
    parts: list[RenderableType] = [Text(title, style="bold"), grid]
    if quiet:
        parts.append(Text(f"Nothing to tell of: {'; '.join(quiet)}.", style="dim"))
    return Group(*parts)


def figure(row: Row) -> str:
    """Write a value: thousands with commas, fractions with one digit where they are small."""
    if row.value is None:
        return "-"
    if isinstance(row.value, str):
        return safe(row.value)
    whole = row.value == int(row.value) or abs(row.value) >= 100
    return f"{'over ' * row.at_least}{row.value:,.0f}" if whole else f"{'over ' * row.at_least}{row.value:,.1f}"


def _merged(panels: Iterable[Panel]) -> Iterator[Panel]:
    """Make one panel of those that follow each other and are not known for the same reason."""
    for note, found in groupby(panels, key=lambda panel: "" if panel.rows else panel.note):
        group = list(found)
        if not note or len(group) == 1:
            yield from group
            continue
        more = f" and {len(group) - NAMED} more" if len(group) > NAMED else ""
        yield Panel("; ".join(panel.title for panel in group[:NAMED]) + more, note=note)


def _columns(panels: Sequence[Panel], count: int) -> list[list[Panel]]:
    """Share the panels out to columns of about one height, in their order from top to bottom and left to right."""
    left = sum(map(_height, panels))
    columns: list[list[Panel]] = [[]]
    height = 0
    for panel in panels:
        if columns[-1] and len(columns) < count and height + _height(panel) / 2 > left / (count - len(columns) + 1):
            left -= height
            columns.append([])
            height = 0
        columns[-1].append(panel)
        height += _height(panel)
    return columns


def _height(panel: Panel) -> int:
    """Return the lines of a panel, about."""
    lines = -(-len(panel.title) // (WIDTH - 4)) + -(-len(panel.note) // (WIDTH - 4))
    return 2 + lines + min(len(panel.rows), MOST_ROWS) + (len(panel.rows) > MOST_ROWS)


def _box(panel: Panel) -> Box:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(overflow="fold", ratio=1)
    table.add_column(justify="right", overflow="fold", max_width=_MOST_WORDS)
    for row in panel.rows[:MOST_ROWS]:
        table.add_row(Text(safe(row.label)), Text(figure(row), style="bold red" if row.bad else "bold"))
    if len(panel.rows) > MOST_ROWS:
        table.add_row(Text(f"and {len(panel.rows) - MOST_ROWS} more", style="dim"), "")
    parts: list[RenderableType] = [Text(panel.title, style="cyan")]
    parts += [table] if panel.rows else []
    parts += [Text(safe(panel.note), style="yellow")] if panel.note else []
    return Box(Group(*parts), width=WIDTH, border_style="red" if any(row.bad for row in panel.rows) else "dim")

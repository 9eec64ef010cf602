"""The parts of a report, the same for terminal and page."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its first row is the head."""

    rows: Sequence[Sequence[str]]
    """Rows of cells; the first column is text, the others are numbers as a rule."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the report."""

    title: str
    """Its heading."""
    paragraphs: Sequence[str] = ()
    """What it says in words."""
    table: Table | None = None
    """Its figures."""
    charts: Sequence[str] = field(default=(), repr=False)
    """SVG, for the page alone."""
    stacked: bool = False
    """Whether the charts stand below each other, because they share an axis."""

"""Draws states over time as inline SVG: a row for each thing, and a band for as long as a state lasted."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from charts.frame import BOTTOM, Frame
from charts.style import COLOURS

ROW = 24
"""Height of a row, in pixels."""

LETTER = 6.4
"""Width of a letter on a band, in pixels; a word that is wider than its band is left to the pointer."""


class Band(NamedTuple):
    """A state that lasted. Times are seconds."""

    begin_s: float
    end_s: float
    state: str
    """The word on it; one of the chart's states."""
    says: str = ""
    """What a pointer over it shows; the state itself if empty."""


def bands(title: str, rows: Mapping[str, Sequence[Band]], states: Sequence[str], frame: Frame) -> str:
    """Draw the rows in their order; each of `states` has the colour of its place. The height follows from the rows."""
    frame = Frame(frame.last_s, frame.left, frame.width, frame.top + ROW * len(rows) + BOTTOM + 6, frame.events)
    inner = []
    for number, (name, found) in enumerate(rows.items()):
        y = frame.top + ROW * number + 3
        inner.append(
            f'<text x="{frame.left - 8}" y="{y + ROW / 2 + 2:.1f}" class="axis" text-anchor="end">{escape(name)}</text>'
        )
        for band in found:
            x, width = frame.x(band.begin_s), max(frame.x(band.end_s) - frame.x(band.begin_s), 2.0)
            colour = states.index(band.state) % COLOURS
            inner.append(
                f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{ROW - 6}" rx="3" class="fill{colour}">'
                f"<title>{escape(band.says or band.state)}</title></rect>"
            )
            if width > LETTER * len(band.state) + 8:
                inner.append(f'<text x="{x + 6:.1f}" y="{y + ROW / 2 + 1:.1f}" class="on">{escape(band.state)}</text>')
    used = {band.state for found in rows.values() for band in found}
    return frame.svg(title, "", [state if state in used else "" for state in states], inner)

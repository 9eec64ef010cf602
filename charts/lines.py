"""Draws lines over time as inline SVG: no script, no font, no file beside the page."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from charts.frame import Frame
from charts.scale import number, round_step
from charts.style import COLOURS

STEPS = 4
"""Steps of the axis of values."""


class Series(NamedTuple):
    """A line."""

    name: str
    """Empty: the title says enough."""
    points: Sequence[tuple[float, float | None]]
    """Seconds and values, in order; the line is broken where a value is None."""


def lines(title: str, unit: str, series: Sequence[Series], frame: Frame) -> str:
    """Draw lines from zero; the legend has those with a name."""
    values = [value for each in series for _, value in each.points if value is not None]
    step = round_step(max(values, default=0.0) * 1.02 / STEPS) if any(values) else 1.0
    inner = []
    for count in range(STEPS + 1):
        y = frame.y(count / STEPS)
        inner.append(f'<line x1="{frame.left}" x2="{frame.right}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        inner.append(
            f'<text x="{frame.left - 8}" y="{y + 4:.1f}" class="axis" text-anchor="end">{number(step * count)}</text>'
        )
    for place, each in enumerate(series):
        kind, says = f"line{place % COLOURS}", escape(each.name)
        for part in _parts(each.points):
            path = " ".join(f"{frame.x(at):.1f},{frame.y(value / (step * STEPS)):.1f}" for at, value in part)
            if len(part) == 1:
                cx, cy = path.split(",")
                inner.append(f'<circle cx="{cx}" cy="{cy}" r="2" class="fill{place % COLOURS}"/>')
            else:
                inner.append(f'<polyline points="{path}" class="{kind}"><title>{says}</title></polyline>')
    return frame.svg(title, unit, [each.name for each in series], inner)


def _parts(points: Sequence[tuple[float, float | None]]) -> Iterator[list[tuple[float, float]]]:
    """Yield the unbroken parts of a line."""
    part: list[tuple[float, float]] = []
    for at, value in points:
        if value is not None:
            part.append((at, value))
        elif part:
            yield part
            part = []
    if part:
        yield part

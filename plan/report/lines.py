"""Draws a line over time as inline SVG: no script, no font, no file beside the page."""

from collections.abc import Sequence
from html import escape

from plan.report.bars import number

LEFT, RIGHT, TOP, BOTTOM = 70, 16, 34, 34
"""Margins in pixels, with room for numbers and title."""


def line(title: str, unit: str, points: Sequence[tuple[float, float]], width: int = 640, height: int = 260) -> str:
    """Draw one line, from zero, over seconds."""
    last = max((at for at, _ in points), default=1.0) or 1.0
    top = 1.1 * max((value for _, value in points), default=1.0) or 1.0
    inner_w, inner_h = width - LEFT - RIGHT, height - TOP - BOTTOM

    def place(at: float, value: float) -> str:
        return f"{LEFT + inner_w * at / last:.1f},{TOP + inner_h * (1 - value / top):.1f}"

    out = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">',
        f'<text x="{LEFT}" y="16" class="title">{escape(title)} [{escape(unit)}]</text>',
    ]
    for step in range(5):
        value, at = top * step / 4, last * step / 4
        y, x = TOP + inner_h * (1 - step / 4), LEFT + inner_w * step / 4
        out.append(f'<line x1="{LEFT}" x2="{width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" class="axis" text-anchor="end">{number(value)}</text>')
        out.append(f'<text x="{x:.1f}" y="{height - 12}" class="axis" text-anchor="middle">{at:,.0f} s</text>')
    path = " ".join(place(at, value) for at, value in points)
    out.append(f'<polyline points="{path}" fill="none" stroke="#2563a8" stroke-width="2"/>')
    return "".join([*out, "</svg>"])

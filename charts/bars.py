"""Draws bar charts as inline SVG: no script, no font, no file beside the page."""

from collections.abc import Sequence
from html import escape

from charts.scale import number, round_step
from charts.style import COLOURS

_LEFT, _TOP, _BOTTOM = 88, 34, 44
"""Margins in pixels, with room for the numbers, the title and the legend."""


def bars(
    title: str,
    unit: str,
    groups: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    width: int = 640,
    height: int = 260,
    mark: tuple[str, float] | None = None,
) -> str:
    """Draw grouped bars from zero, each with its number where there is room. `mark` is a named horizontal line."""
    step = round_step(max([value for _, values in series for value in values] + ([mark[1]] if mark else [])) / 4)
    top = step * 4.4
    inner_w, inner_h = width - _LEFT - 12, height - _TOP - _BOTTOM

    def y(value: float) -> float:
        return _TOP + inner_h * (1 - value / top)

    out = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">',
        f'<text x="{_LEFT}" y="16" class="title">{escape(title)} [{escape(unit)}]</text>',
    ]
    for line in range(5):
        value = step * line
        out.append(f'<line x1="{_LEFT}" x2="{width - 12}" y1="{y(value):.1f}" y2="{y(value):.1f}" class="grid"/>')
        out.append(
            f'<text x="{_LEFT - 8}" y="{y(value) + 4:.1f}" class="axis" text-anchor="end">{number(value)}</text>'
        )
    slot = inner_w / max(len(groups), 1)
    bar = slot * 0.8 / max(len(series), 1)
    for g, group in enumerate(groups):
        start = _LEFT + g * slot + slot * 0.1
        for s, (name, values) in enumerate(series):
            x, value = start + s * bar, values[g]
            out.append(
                f'<rect x="{x:.1f}" y="{y(value):.1f}" width="{max(bar - 1.5, 1):.1f}" '
                f'height="{_TOP + inner_h - y(value):.1f}" class="fill{s % COLOURS}">'
                f"<title>{escape(name)}, {escape(group)}: {number(value)} {escape(unit)}</title></rect>"
            )
            if bar > 26:
                place = f'x="{x + bar / 2:.1f}" y="{y(value) - 4:.1f}"'
                out.append(f'<text {place} class="value" text-anchor="middle">{number(value)}</text>')
        out.append(
            f'<text x="{start + slot * 0.4:.1f}" y="{_TOP + inner_h + 16}" class="axis" text-anchor="middle">'
            f"{escape(group)}</text>"
        )
    if mark:
        name, value = mark
        out.append(f'<line x1="{_LEFT}" x2="{width - 12}" y1="{y(value):.1f}" y2="{y(value):.1f}" class="mark"/>')
        out.append(f'<line x1="{width - 36}" x2="{width - 12}" y1="{height - 9}" y2="{height - 9}" class="mark"/>')
        out.append(f'<text x="{width - 42}" y="{height - 5}" class="axis" text-anchor="end">{escape(name)}</text>')
    if len(series) > 1:
        x = float(_LEFT)
        for s, (name, _) in enumerate(series):
            out.append(f'<rect x="{x:.0f}" y="{height - 14}" width="10" height="10" class="fill{s % COLOURS}"/>')
            out.append(f'<text x="{x + 14:.0f}" y="{height - 5}" class="axis">{escape(name)}</text>')
            x += 30 + 7 * len(name)
    return "".join([*out, "</svg>"])

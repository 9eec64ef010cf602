"""The frame of a chart over time: its axes, its legend, and what happened meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from charts.scale import times
from charts.style import COLOURS

RIGHT, TOP, BOTTOM = 18, 34, 28
"""Margins in pixels, with room for the title and the times."""

BADGE = 8
"""Radius of an event's sign, in pixels; signs stand a little over two of it apart."""

LETTER = 6.6
"""Width of a letter of the legend, in pixels: the page's font is not known here, and this is a wide one."""


class Event(NamedTuple):
    """What happened at a time."""

    at_s: float
    sign: str
    """One or two letters, by which the page's text says what it was."""
    says: str
    """What a pointer over it shows."""
    until_s: float | None = None
    """When it was over; the time between is shaded."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where things are. Places are pixels, times seconds."""

    last_s: float
    left: int = 70
    width: int = 640
    height: int = 260
    events: Sequence[Event] = ()

    @property
    def top(self) -> int:
        """Where the plot begins; events have their signs above it."""
        return TOP + (2 * BADGE + 6 if self.events else 0)

    @property
    def bottom(self) -> int:
        """Where the plot ends."""
        return self.height - BOTTOM

    @property
    def right(self) -> int:
        """Where the plot ends at the right."""
        return self.width - RIGHT

    def x(self, at_s: float) -> float:
        """Return the place of a time."""
        return self.left + (self.right - self.left) * at_s / (self.last_s or 1.0)

    def y(self, share: float) -> float:
        """Return the place of a share of the axis, from 0 at the bottom to 1."""
        return self.bottom - (self.bottom - self.top) * share

    def svg(self, title: str, unit: str, names: Sequence[str], inner: Sequence[str]) -> str:
        """Return the chart: title, legend and axis of time around what is drawn within.

        The legend leaves out an empty name; the others keep the colours of their places.
        """
        shown = f"{title} [{unit}]" if unit else title
        out = [
            f'<svg viewBox="0 0 {self.width} {self.height}" role="img" aria-label="{escape(shown)}">',
            f'<text x="{self.left}" y="18" class="title">{escape(shown)}</text>',
        ]
        for at, written in times(self.last_s):
            x = self.x(at)
            out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{self.top}" y2="{self.bottom}" class="grid"/>')
            out.append(f'<text x="{x:.1f}" y="{self.height - 9}" class="axis" text-anchor="middle">{written}</text>')
        return "".join([*out, *self._shades(), *inner, *self._signs(), *self._legend(names), "</svg>"])

    def _shades(self) -> list[str]:
        return [
            f'<rect x="{self.x(event.at_s):.1f}" width="{self.x(event.until_s) - self.x(event.at_s):.1f}" '
            f'y="{self.top}" height="{self.bottom - self.top}" class="shade"><title>{escape(event.says)}</title></rect>'
            for event in self.events
            if event.until_s is not None
        ]

    def _signs(self) -> list[str]:
        out = []
        y = self.top - BADGE - 4
        for event, x in zip(self.events, apart([self.x(event.at_s) for event in self.events]), strict=True):
            path = f"M{x:.1f},{y + BADGE} L{self.x(event.at_s):.1f},{self.top} V{self.bottom}"
            out.append(f'<path d="{path}" class="event"/>')
            out.append(f'<circle cx="{x:.1f}" cy="{y}" r="{BADGE}" class="badge"><title>{escape(event.says)}</title>')
            out.append(f'</circle><text x="{x:.1f}" y="{y + 3.5}" class="sign" text-anchor="middle">')
            out.append(f"{escape(event.sign)}</text>")
        return out

    def _legend(self, names: Sequence[str]) -> list[str]:
        out: list[str] = []
        x = float(self.right)
        for number, name in reversed(list(enumerate(names))):
            if not name:
                continue
            x -= LETTER * len(name) + 26
            out.append(f'<rect x="{x:.0f}" y="9" width="10" height="10" rx="2" class="fill{number % COLOURS}"/>')
            out.append(f'<text x="{x + 14:.0f}" y="18" class="axis">{escape(name)}</text>')
        return out


def apart(places: Sequence[float], least: float = 2 * BADGE + 2) -> list[float]:
    """Move places, which are in order, to the right until no two are nearer than `least`."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + least) if moved else place)
    return moved

"""Charts over time are well-formed, put things where they were, and hide no event behind another."""

import re
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from charts.bands import Band, bands
from charts.frame import BADGE, Event, Frame, apart
from charts.lines import Series, lines
from charts.style import COLOURS, STYLE

NAMES = st.text(max_size=20).filter(lambda text: all(each.isprintable() for each in text))
POINTS = st.lists(st.tuples(st.floats(0, 100), st.none() | st.floats(0, 1e9)), max_size=30)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own


@given(NAMES, st.lists(st.tuples(NAMES, POINTS), max_size=8), st.floats(0, 1e6))
def test_whatever_is_drawn_stays_within_the_chart(title: str, given: list[tuple[str, list]], last_s: float) -> None:  # type: ignore[type-arg]
    """Any name is escaped, and no point of a line lies outside of the plot, whatever its value."""
    frame = Frame(max(last_s, 100.0))
    svg = parsed(lines(title, "u", [Series(name, sorted(points, key=lambda p: p[0])) for name, points in given], frame))
    for line in svg.iter("polyline"):
        for point in line.attrib["points"].split():
            x, y = map(float, point.split(","))
            assert frame.left - 0.1 <= x <= frame.right + 0.1
            assert frame.top - 0.1 <= y <= frame.bottom + 0.1


def test_a_line_is_broken_where_nothing_is_known() -> None:
    """A gap is a gap: two lines, and a single point is a dot."""
    svg = parsed(
        lines("t", "u", [Series("s", [(0, 1), (1, 2), (2, None), (3, 1), (4, 2), (5, None), (6, 7)])], Frame(6))
    )
    assert len(list(svg.iter("polyline"))) == 2
    assert len(list(svg.iter("circle"))) == 1


def test_the_legend_has_the_colours_of_the_lines() -> None:
    """Each name stands beside the colour of its line; a name that is empty has no place."""
    points = [(0.0, 1.0), (1.0, 2.0)]
    text = lines("t", "u", [Series("first", points), Series("", points), Series("third", points)], Frame(1))
    swatches = re.findall(r'class="fill(\d)"/><text [^>]*>(\w+)<', text)
    assert sorted(swatches) == [("0", "first"), ("2", "third")]
    assert re.findall(r'class="line(\d)"><title>(\w*)<', text) == [("0", "first"), ("1", ""), ("2", "third")]


def test_an_event_stands_at_its_time_and_its_length_is_shaded() -> None:
    """The line under its sign meets the axis at its time; what lasted has a shade from begin to end."""
    frame = Frame(10, events=(Event(2, "1", "a <crash>"), Event(4, "2", "down", 9)))
    svg = parsed(lines("t", "u", [], frame))
    feet = [re.search(r"L([\d.]+),", path.attrib["d"]) for path in svg.iter("path")]
    assert [float(foot[1]) for foot in feet if foot] == [round(frame.x(2), 1), round(frame.x(4), 1)]
    (shade,) = [each for each in svg.iter("rect") if each.attrib.get("class") == "shade"]
    assert float(shade.attrib["x"]) == round(frame.x(4), 1)
    assert abs(float(shade.attrib["width"]) - (frame.x(9) - frame.x(4))) < 0.1


@given(st.lists(st.floats(0, 1000), max_size=20).map(sorted))
def test_signs_do_not_cover_each_other(places: Sequence[float]) -> None:
    """However close events are, their signs stand side by side and in order."""
    moved = apart(places)
    assert all(after - before >= 2 * BADGE for before, after in pairwise(moved))
    assert all(new >= old for old, new in zip(places, moved, strict=True))


def test_a_band_lasts_as_long_as_its_state() -> None:
    """Each row has its bands, with the colour of their state, and a word where there is room for it."""
    states = ("runs", "circuit open")
    rows = {"a": [Band(0, 10, "runs"), Band(10, 10.1, "circuit open", "why")], "b": []}
    frame = Frame(10, left=100, width=500)
    text = bands("t", rows, states, frame)
    found = [each for each in parsed(text).iter("rect") if "rx" in each.attrib and "height" in each.attrib]
    shapes = [each for each in found if float(each.attrib["height"]) > 10]
    assert [each.attrib["class"] for each in shapes] == ["fill0", "fill1"]
    assert float(shapes[0].attrib["width"]) == round(frame.x(10) - frame.x(0), 1)
    assert text.count(">runs</text>") == 2, "on its band and in the legend"
    assert text.count(">circuit open</text>") == 1, "in the legend alone"


def test_light_and_dark_have_the_same_colours() -> None:
    """Each colour that a rule takes has a value by light and by dark, so that no text vanishes in one of them."""
    light, _, dark = STYLE.partition("prefers-color-scheme:dark")
    defined = [set(re.findall(r"(--[\w-]+):", part)) for part in (light, dark)]
    assert defined[0] == defined[1]
    assert set(re.findall(r"var\((--[\w-]+)\)", STYLE)) <= defined[0]
    assert f"--c{COLOURS - 1}" in defined[0] and f"--c{COLOURS}" not in defined[0]

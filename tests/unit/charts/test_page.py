"""A page needs no other file, and shows what it is given as text."""

import re

from charts.page import page, section
from charts.section import Section, Table


def test_nothing_is_loaded_and_everything_is_escaped() -> None:
    """No script, style sheet, font or picture from elsewhere; a name that looks like HTML is text."""
    text = page("a <b>", [section(Section("c & d", ["`e<f`"], Table([["g", "h"], ["<i>", "1,000"]])))])
    assert not re.search(r"<script|src=|href=|url\(|@import", text)
    assert "<title>a &lt;b&gt;</title>" in text and "c &amp; d" in text and "<code>e&lt;f</code>" in text
    assert "<td>&lt;i&gt;</td><td class=n>1,000</td>" in text


def test_a_table_without_a_head_has_no_empty_row() -> None:
    """A head of empty cells is none."""
    assert "<th" not in section(Section("t", table=Table([["", ""], ["a", "b"]])))


def test_charts_that_share_an_axis_stand_below_each_other() -> None:
    """Two charts stand side by side, unless they are stacked."""
    charts = ["<svg></svg>", "<svg></svg>"]
    assert '<div class="charts">' in section(Section("t", charts=charts))
    assert '<div class="charts one">' in section(Section("t", charts=charts, stacked=True))

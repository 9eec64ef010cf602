"""Writes report.html: the verdict and the figures, then the run over time with every fault at its place."""

from collections.abc import Mapping, Sequence
from html import escape

from charts.bands import bands
from charts.frame import Event, Frame
from charts.lines import Series, lines
from charts.page import page, section
from charts.section import Section, Table
from local.demo.proof.report import Report
from local.demo.timeline.timeline import STATES, Moment, TimeLine

WIDTH, LEFT = 1060, 124
"""Of each chart, in pixels; the same for all, so that times stand below each other."""

_HEIGHT = 230
"""Of a chart with lines, in pixels."""

ENDS = ("unthrottle", "recover")
"""Steps that end another one: the end of its shade is sign enough."""


def report_page(report: Report, found: TimeLine) -> str:
    """Return the page."""
    shown = [moment for moment in found.moments if 0 < moment.at_s <= found.last_s and moment.name]
    marked = [moment for moment in shown if moment.name not in ENDS]
    events = [
        Event(moment.at_s, str(number), f"{moment.at_s:.1f} s: {moment.says}", moment.until_s)
        for number, moment in enumerate(marked, 1)
    ]
    signs = {moment: event.sign for moment, event in zip(marked, events, strict=True)}
    verdict = "good" if report.sound else "bad"
    faults = [("lost", report.lost_examples), ("copies that nothing explains", report.unexplained)]
    return page(
        "Comboio: a run of the demo",
        [
            f'<p class="verdict {verdict}">{escape(report.verdict())}</p>',
            _cards(report),
            *(f'<p class="bad">The first {what}: {escape(", ".join(which))}</p>' for what, which in faults if which),
            section(Section("The run over time", _READ, charts=_charts(found, events), stacked=True)),
            "<h2>What was done to it on purpose</h2>",
            _list(found.moments, signs),
            section(Section("All figures", table=Table([["", ""], *map(list, report.rows())]))),
        ],
    )


_READ = [
    "All charts have one axis: seconds since producing began. The numbers above each stand for what was done then, as "
    "listed below; what lasted is shaded until it was over."
]


def _cards(report: Report) -> str:
    share = report.rate_achieved / report.rate_target
    cards = [
        (f"{report.acked:,}", "messages acknowledged by Kafka"),
        (f"{report.lost:,}", "lost"),
        (f"{report.duplicates:,}", f"extra copies, {report.duplicates_explained:,} of them explained"),
        (f"{report.partner_out_of_order:,}", "out of order at the partner"),
        (
            f"{report.rate_achieved:,.0f}/s",
            f"at their destination while producing: {share:.0%} of {report.rate_target:,}/s",
        ),
        *((f"{ms / 1000:,.1f} s", f"occurred to in the queue, {name}") for name, ms in report.latency_ms.items()),
        (f"{report.drain_s:.1f} s", "from the last acknowledgement to lag 0"),
        (f"{report.skipped_as_duplicate:,}", "redelivered and skipped"),
    ]
    shown = (f"<div><b>{escape(figure)}</b><span>{escape(what)}</span></div>" for figure, what in cards)
    return f'<div class="cards">{"".join(shown)}</div>'


def _charts(found: TimeLine, events: Sequence[Event]) -> list[str]:
    frame = Frame(found.last_s, LEFT, WIDTH, _HEIGHT, events)

    def chart(title: str, unit: str, series: Sequence[Series]) -> str:
        return lines(title, unit, series, frame)

    return [
        bands("What ran, and what was down", found.rows, STATES, frame),
        chart("Throughput", "messages/s", found.rates),
        chart("Lag by topic", "records", found.lag),
        chart("Lag by topic", "s", found.lag_s),
        chart("From Kafka to the destination, by arrival", "s", found.latency),
        chart("Waiting in the hold queue, by destination", "records", found.waiting),
    ]


def _list(moments: Sequence[Moment], signs: Mapping[Moment, str]) -> str:
    rows = []
    for moment in moments:
        sign = f"<i>{signs[moment]}</i>" if moment in signs else "<span></span>"
        rows.append(f"<li>{sign}<time>{moment.at_s:.1f} s</time><span>{escape(moment.says)}</span></li>")
    return f'<ol class="events">{"".join(rows)}</ol>'

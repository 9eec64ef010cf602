"""Writes a plan as one HTML page that needs no other file and no network."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from plan.advice import Advice
from plan.report.section import Section, Table

STYLE = """\
body{font:16px/1.5 system-ui,sans-serif;max-width:1120px;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}
h1{margin-bottom:.2rem}h2{margin-top:2.4rem;border-bottom:2px solid #2563a8;padding-bottom:.2rem}
.note{color:#55606e}dl{display:grid;grid-template-columns:11rem 1fr;gap:.5rem 1rem}dt{font-weight:600}dd{margin:0}
.warning{color:#b3261e}.scroll{overflow-x:auto}
table{border-collapse:collapse;margin:.8rem 0;font-size:14px}
td,th{padding:.3rem .7rem;border-bottom:1px solid #d8dee5;text-align:left;vertical-align:top}
td:first-child{white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap}th{color:#55606e;font-weight:600}tr:hover td{background:#f5f8fb}
.charts{display:grid;grid-template-columns:1fr 1fr;gap:1rem}.charts.one{grid-template-columns:1fr}
svg{width:100%;height:auto;border:1px solid #e4e8ed;border-radius:6px}code{background:#eef2f6;padding:0 .2rem}
.title{font:600 14px system-ui,sans-serif;fill:#1c2733}.axis{font:11px system-ui,sans-serif;fill:#55606e}
.value{font:10px system-ui,sans-serif;fill:#1c2733}.grid{stroke:#e4e8ed}
.mark{stroke:#b3261e;stroke-width:1.5;stroke-dasharray:5 4}
@media(max-width:760px){.charts,dl{grid-template-columns:1fr}}
"""
"""The style, within the page."""


def page(title: str, found: Sequence[Advice], parts: Iterable[Section]) -> str:
    """Return the page."""
    advice = "".join(
        f'<dt class="{"warning" if each.warning else ""}">{escape(each.about)}</dt><dd>{_text(each.text)}</dd>'
        for each in found
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>"
        f"<h2>Advice</h2><dl>{advice}</dl>{''.join(map(_section, parts))}</html>\n"
    )


def _section(part: Section) -> str:
    paragraphs = "".join(f'<p class="note">{_text(each)}</p>' for each in part.paragraphs)
    table = _table(part.table) if part.table is not None else ""
    one = " one" if len(part.charts) == 1 else ""
    charts = f'<div class="charts{one}">{"".join(part.charts)}</div>' if part.charts else ""
    return f"<h2>{escape(part.title)}</h2>{paragraphs}{table}{charts}"


def _table(table: Table) -> str:
    head, *body = table.rows
    numeric = [
        number > 0 and all(re.fullmatch(r"[\d,.\-]*( s)?", row[number]) for row in body) for number in range(len(head))
    ]

    def row(cells: Sequence[str], tag: str) -> str:
        marks = (f"<{tag}{' class=n' if right else ''}>" for right in numeric)
        return "".join(f"{mark}{_text(cell)}</{tag}>" for mark, cell in zip(marks, cells, strict=True))

    lines = [f"<tr>{row(head, 'th')}</tr>", *(f"<tr>{row(cells, 'td')}</tr>" for cells in body)]
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'


def _text(text: str) -> str:
    """Escape a text, and set what stands in back quotes as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))

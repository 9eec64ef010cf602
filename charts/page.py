"""Writes a report as one HTML page that needs no other file and no network."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from charts.section import Section, Table
from charts.style import STYLE

_NUMERIC = re.compile(r"[\d,.\-]*( ?(s|ms|%))?")
"""A cell that stands at the right of its column, if all of the column are such."""


def page(title: str, parts: Iterable[str]) -> str:
    """Return the page; `parts` are HTML."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>{''.join(parts)}</html>\n"
    )


def section(part: Section) -> str:
    """Return a section as HTML."""
    paragraphs = "".join(f'<p class="note">{text(each)}</p>' for each in part.paragraphs)
    table = _table(part.table) if part.table is not None else ""
    one = " one" if len(part.charts) == 1 or part.stacked else ""
    charts = f'<div class="charts{one}">{"".join(part.charts)}</div>' if part.charts else ""
    return f"<h2>{escape(part.title)}</h2>{paragraphs}{table}{charts}"


def text(words: str) -> str:
    """Escape a text, and set what stands in back quotes as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))


def _table(table: Table) -> str:
    head, *body = table.rows
    numeric = [number > 0 and all(_NUMERIC.fullmatch(row[number]) for row in body) for number in range(len(head))]

    def row(cells: Sequence[str], tag: str) -> str:
        marks = (f"<{tag}{' class=n' if right else ''}>" for right in numeric)
        return "".join(f"{mark}{text(cell)}</{tag}>" for mark, cell in zip(marks, cells, strict=True))

    lines = [f"<tr>{row(head, 'th')}</tr>"] if any(head) else []
    lines += [f"<tr>{row(cells, 'td')}</tr>" for cells in body]
    return f'<div class="scroll"><table>{"".join(lines)}</table></div>'

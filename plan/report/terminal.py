"""Shows a plan in the terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from charts.section import Section, Table
from plan.advice import Advice


def show(console: Console, title: str, found: Sequence[Advice], parts: Iterable[Section]) -> None:
    """Print the advice, then every section."""
    console.rule(escape(title))
    for each in found:
        style = "bold red" if each.warning else "bold green"
        console.print(f"[{style}]{'!' if each.warning else '-'} {escape(each.about)}[/]: {escape(each.text)}")
    for part in parts:
        console.print()
        console.print(f"[bold]{escape(part.title)}[/]")
        for paragraph in part.paragraphs:
            console.print(escape(paragraph), style="dim")
        if part.table is not None:
            console.print(_table(part.table))


def _table(table: Table) -> RichTable:
    head, *body = table.rows
    shown = RichTable(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for number, cell in enumerate(head):
        numeric = number > 0 and all(row[number][:1].isdigit() or row[number] in ("-", "") for row in body)
        shown.add_column(escape(cell), justify="right" if numeric else "left", overflow="fold")
    for row in body:
        shown.add_row(*(escape(cell) for cell in row))
    return shown

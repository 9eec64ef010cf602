"""Writes a plan as one HTML page."""

from collections.abc import Iterable, Sequence
from html import escape

from charts import page as pages
from charts.section import Section
from plan.advice import Advice


def page(title: str, found: Sequence[Advice], parts: Iterable[Section]) -> str:
    """Return the page."""
    advice = "".join(
        f'<dt class="{"warning" if each.warning else ""}">{escape(each.about)}</dt><dd>{pages.text(each.text)}</dd>'
        for each in found
    )
    return pages.page(title, [f"<h2>Advice</h2><dl>{advice}</dl>", *map(pages.section, parts)])

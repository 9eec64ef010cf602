"""Turns slides in Markdown, as Marp reads them, into one HTML page that needs nothing beside it."""

import re
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from docs.slides.diagrams import BLOCK, KEPT, name_of

STYLE = """\
@page{size:1280px 720px;margin:0}
*{box-sizing:border-box}
body{margin:0;background:#1c2733;font:27px/1.45 system-ui,"DejaVu Sans",sans-serif;color:#1c2733}
section{position:relative;width:1280px;height:720px;margin:20px auto;padding:56px 84px 48px;background:#fff;
overflow:hidden;display:flex;flex-direction:column;justify-content:center;break-after:page;
border-top:12px solid #2563a8}
section.first{background:#17324f;color:#fff;border-top-color:#d9822b}
h1{font-size:78px;margin:0 0 .2em}h2{font-size:46px;margin:0 0 .55em;color:#17324f}
p{margin:.35em 0}ul,ol{margin:.3em 0;padding-left:1.2em}li{margin:.22em 0}
table{border-collapse:collapse;margin:.3em 0;font-size:25px}
th,td{padding:.26em .9em;border-bottom:2px solid #d8dee5;text-align:left}
th{color:#55606e}
code{background:#eef2f6;padding:.02em .3em;border-radius:5px;font-size:.88em}
section.first code{background:#2a4a6b}
figure{margin:.3em 0;text-align:center}figure svg{max-width:100%!important;height:330px}
footer{position:absolute;right:36px;bottom:20px;font-size:18px;color:#8592a0}
@media print{body{background:none}section{margin:0}}
"""
"""The style, within the page; each slide is a page of the PDF."""


class SlidesError(Exception):
    """A slide cannot be made; the message says which and why."""


def slides(text: str) -> list[str]:
    """Return the slides' Markdown, without the header of the file."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    return [part.strip() for part in re.split(r"^---$", body, flags=re.MULTILINE)]


def deck(text: str, pictures: Path = KEPT) -> str:
    """Return the page.

    Raises:
        SlidesError: the picture of a diagram is missing.
    """
    language = (re.search(r"^lang: (\S+)$", text, re.MULTILINE) or ["", "en"])[1]
    title = (re.search(r"^title: (.+)$", text, re.MULTILINE) or ["", "Slides"])[1]
    found = slides(text)
    made = []
    for number, slide in enumerate(found, 1):
        first = ' class="first"' if number == 1 else ""
        footer = f"<footer>{number} / {len(found)}</footer>"
        made.append(f"<section{first}>{_slide(slide, pictures)}{footer}</section>")
    return (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style>{''.join(made)}</html>\n"
    )


def _slide(slide: str, pictures: Path) -> str:
    """Return a slide's HTML: text from Markdown, and a picture where a diagram was."""
    parts = BLOCK.split(slide)
    render = MarkdownIt("commonmark").enable("table").render
    return "".join(_figure(part, pictures) if number % 2 else str(render(part)) for number, part in enumerate(parts))


def _figure(diagram: str, pictures: Path) -> str:
    path = pictures / f"{name_of(diagram)}.svg"
    if not path.exists():
        raise SlidesError(f"A diagram of the slides has no picture ({path.name}): run `make diagrams`.\n{diagram}")
    return f"<figure>{path.read_text(encoding='utf-8').strip()}</figure>"

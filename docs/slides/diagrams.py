"""`make diagrams`: draws every Mermaid diagram of the docs by Mermaid itself, and keeps those of the slides.

A diagram that Mermaid cannot draw ends the command with its error. The pictures of slides stand in
docs/decisions/diagrams, named by their text, so that `make slides` needs neither Node nor Mermaid.
"""

import json
import re
import sys
from collections.abc import Mapping
from hashlib import sha256
from html import escape, unescape
from pathlib import Path

from docs.slides.browser import content

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "docs" / "decisions" / "diagrams"
"""Where the pictures of slides are."""

OUT = ROOT / "build" / "diagrams"
"""Where all others go."""

MERMAID = ROOT / ".tools" / "diagrams" / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"
"""Mermaid as npm has it, at the version of requirements/diagrams."""

BLOCK = re.compile(r"^ *```mermaid\n(.*?)^ *```", re.MULTILINE | re.DOTALL)

DRAWN = re.compile(r'<pre id="([0-9a-f]+)" data-state="(\w+)">(.*?)</pre>', re.DOTALL)


def name_of(diagram: str) -> str:
    """Return a diagram's name: a hash of its text."""
    return sha256(diagram.strip().encode()).hexdigest()[:12]


def diagrams() -> dict[str, tuple[str, list[Path]]]:
    """Return every diagram of the docs by its name, with the pages that have it."""
    found: dict[str, tuple[str, list[Path]]] = {}
    for page in [ROOT / "README.md", ROOT / "README.pt.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for diagram in BLOCK.findall(page.read_text(encoding="utf-8")) if page.exists() else ():
            found.setdefault(name_of(diagram), (diagram, []))[1].append(page)
    return found


def draw(texts: Mapping[str, str], script: Path, scratch: Path) -> dict[str, str]:
    """Draw diagrams in a browser; return SVG by name.

    Raises:
        ValueError: one of them is no diagram; the message is Mermaid's own.
        NoBrowserError: there is no browser.
    """
    page = scratch / "diagrams.html"
    page.write_text(_page(texts, script), encoding="utf-8")
    drawn = {name: (state, text) for name, state, text in DRAWN.findall(content(page))}
    for name in texts:
        state, text = drawn.get(name, ("missing", "Mermaid did not answer"))
        if state != "drawn":
            raise ValueError(f"{text}\nin the diagram\n{texts[name]}")
    return {name: unescape(drawn[name][1]) for name in texts}


def _page(texts: Mapping[str, str], script: Path) -> str:
    """Return a page that draws every diagram, and puts each SVG as text where it can be read."""
    places = "".join(f'<pre id="{name}" data-state="waiting"></pre>' for name in texts)
    return (
        f'<!doctype html><meta charset="utf-8"><body>{places}<script src="{escape(script.as_uri())}"></script><script>'
        f"const texts={json.dumps(dict(texts))};"
        'mermaid.initialize({startOnLoad:false,theme:"neutral",securityLevel:"loose",htmlLabels:false,'
        "flowchart:{htmlLabels:false}});"
        "(async()=>{for(const [name,text] of Object.entries(texts)){const at=document.getElementById(name);"
        'try{const {svg}=await mermaid.render("d"+name,text);at.textContent=svg;at.dataset.state="drawn"}'
        'catch(error){at.textContent=String(error);at.dataset.state="wrong"}}})()</script>'
    )


def main() -> int:
    """Draw all, keep those of the slides; return the exit status."""
    OUT.mkdir(parents=True, exist_ok=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    found = diagrams()
    try:
        drawn = draw({name: text for name, (text, _) in found.items()}, MERMAID, OUT)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for old in KEPT.glob("*.svg"):
        old.unlink()
    for name, svg in drawn.items():
        in_slides = any(page.name == "slides.md" for page in found[name][1])
        (KEPT if in_slides else OUT).joinpath(f"{name}.svg").write_text(svg + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(drawn)} diagrams drawn: build/diagrams, docs/decisions/diagrams\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

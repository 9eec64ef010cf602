"""`make slides`: HTML and, where there is a browser, PDF of the slides in both languages."""

import sys
from pathlib import Path

from docs.slides.browser import NoBrowserError, pdf
from docs.slides.deck import deck

BOARD = Path(__file__).parents[1] / "decisions"
OUT = Path("build/slides")


def main() -> int:
    """Make them; return the exit status, 0."""
    OUT.mkdir(parents=True, exist_ok=True)
    for language in ("en", "pt"):
        page = OUT / f"comboio.{language}.html"
        page.write_text(deck((BOARD / language / "slides.md").read_text(encoding="utf-8")), encoding="utf-8")
        sys.stdout.write(f"{page}\n")
        try:
            pdf(page, page.with_suffix(".pdf"))
        except NoBrowserError as error:
            sys.stdout.write(f"No PDF: {error}\n")
        else:
            sys.stdout.write(f"{page.with_suffix('.pdf')}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

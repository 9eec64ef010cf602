"""`python -m docs.generate [PAGE...]`: writes the generated pages; without names, all of them."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.generate.options import options_page
from docs.generate.robustness import robustness_page

REFERENCE = Path(__file__).parents[1] / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "options.md": options_page,
    "robustness.md": robustness_page,
}
"""What makes each generated page of docs/reference."""


def main(arguments: list[str]) -> int:
    """Write the pages that are named; return the exit status."""
    if unknown := set(arguments) - PAGES.keys():
        sys.stderr.write(f"There is no page {', '.join(sorted(unknown))}; there are: {', '.join(PAGES)}.\n")
        return 2
    for name in arguments or PAGES:
        path = REFERENCE / name
        path.write_text(PAGES[name](), encoding="utf-8")
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

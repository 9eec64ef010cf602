"""`python -m docs.generate [PAGE...]`: writes the generated pages of the docs; without names, all of them."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.generate.claims import claims_page
from docs.generate.conformance import conformance_page
from docs.generate.decisions import decisions_page
from docs.generate.options import options_page
from docs.generate.robustness import robustness_page
from docs.generate.scale import scale_page

DOCS = Path(__file__).parents[1]

PAGES: Mapping[str, Callable[[], str]] = {
    "reference/options.md": options_page,
    "reference/robustness.md": robustness_page,
    "reference/mapping-conformance.md": conformance_page,
    "scale.md": scale_page,
    "adr/README.md": decisions_page,
    "decisions/en/claims.md": lambda: claims_page("en"),
    "decisions/pt/claims.md": lambda: claims_page("pt"),
}
"""What makes each generated page of the docs."""


def main(arguments: list[str]) -> int:
    """Write the pages that are named; return the exit status."""
    if unknown := set(arguments) - PAGES.keys():
        sys.stderr.write(f"There is no page {', '.join(sorted(unknown))}; there are: {', '.join(PAGES)}.\n")
        return 2
    for name in arguments or PAGES:
        path = DOCS / name
        path.write_text(PAGES[name](), encoding="utf-8")
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""How many examples a property is tried with: all of them, or the share that EXAMPLES gives in percent."""

import os
from collections.abc import Mapping
from math import ceil

LEAST = 10
"""Fewer examples than this leave hardly more than the simplest ones."""


def examples(all_of_them: int, environ: Mapping[str, str] = os.environ) -> int:
    """Return the share of a number of examples; `make test` asks for a part, CI's second run for all."""
    share = int(environ.get("EXAMPLES") or 100)
    return min(all_of_them, max(LEAST, ceil(all_of_them * share / 100)))

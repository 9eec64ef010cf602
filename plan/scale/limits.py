"""Reads what AWS allows: one dated file, each limit with its source."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from plan.prices.prices import Checked

FILE = Path(__file__).with_name("limits.toml")
"""The limits, each with its unit, what counts towards it, its source, and who checked it."""

Of = Literal["environment", "bytes", "calls", "writes", "pollers"]
"""What counts towards a limit."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit."""

    value: float
    """How many."""
    unit: str
    """Of what, in words."""
    of: Of
    """What counts towards it."""
    source: str
    """Where AWS publishes it."""
    checked: Checked
    """What stands behind it."""


def limits(path: Path = FILE) -> Sequence[Limit]:
    """Return all of the file."""
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    return [Limit(**each) for each in given.values() if isinstance(each, dict)]

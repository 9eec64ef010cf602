"""Reads the prices: one dated file for all that computes a cost."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Self

FILE = Path(__file__).with_name("prices.toml")
"""The prices, each with its unit, its source, and who checked it."""

HOURS_A_MONTH = 730
"""How AWS counts a month."""

Checked = Literal["aws", "others", "assumption"]
"""What stands behind a price: AWS's own page, other people's pages, or nothing that was read on the file's date."""


@dataclass(frozen=True, slots=True)
class Price:
    """One price."""

    usd: float
    """US dollars a unit."""
    unit: str
    """What one unit is."""
    source: str
    """Where AWS publishes it, or where it was read."""
    checked: Checked
    """What stands behind it."""


@dataclass(frozen=True, slots=True)
class Prices:
    """All of them."""

    region: str
    """The region that they hold in."""
    date: date
    """The day on which the file was last checked."""
    by_name: Mapping[str, Price]
    """The prices by their names in the file."""

    @classmethod
    def load(cls, path: Path = FILE) -> Self:
        """Read the file."""
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        prices = {name: Price(**price) for name, price in given.items() if isinstance(price, dict)}
        return cls(given["region"], given["date"], prices)

    def __getitem__(self, name: str) -> float:
        return self.by_name[name].usd

    def unchecked(self) -> list[str]:
        """Return the names of those that are assumptions."""
        return [name for name, price in self.by_name.items() if price.checked == "assumption"]

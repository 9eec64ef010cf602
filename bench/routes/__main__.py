"""`make bench-routes`: processor time to read and route a message, for each form of table; about ten seconds."""

import json
import os
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.routes.tables import ROUTES, TABLES, records
from comboio.routing.router import Router
from comboio.routing.table import load

WRITTEN = Path("build/bench/routes.json")
MESSAGES, ROUNDS = 2_000, 15

MESSAGE_US = 35.0
"""What the dispatcher takes for a message in all (docs/adr/0008-speed.md), of which the default table is a part."""


def cost_us(table: str, messages: int = MESSAGES, rounds: int = ROUNDS) -> float:
    """Return the least processor time a message of some rounds: what else runs on the machine only adds to it."""
    router = Router(load(table, {}))
    found = list(records(messages))
    least = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for record in found:
            router.find(record, router.read(record))
        least = min(least, time.process_time() - start)
    return least / messages * 1e6


def main() -> None:
    """Measure, show and write the figures."""
    costs = {name: cost_us(table) for name, table in TABLES.items()}
    default = next(iter(costs.values()))
    shown = Table(title=f"Reading and routing a message; {ROUTES} routes where a table has conditions")
    for heading in ("table", "us", "speed of the whole dispatcher"):
        shown.add_column(heading, justify="left" if heading == "table" else "right")
    figures = {}
    for name, cost in costs.items():
        share = MESSAGE_US / (MESSAGE_US - default + cost)
        figures[name] = {"us": round(cost, 2), "speed": round(share, 3)}
        shown.add_row(name, f"{cost:.1f}", f"{share:.0%}")
    console = Console()
    console.print(shown)
    WRITTEN.parent.mkdir(parents=True, exist_ok=True)
    WRITTEN.write_text(json.dumps({"load": os.getloadavg()[0], "tables": figures}, indent=2) + "\n", encoding="utf-8")
    console.print(f"Written: {WRITTEN}")


if __name__ == "__main__":
    main()

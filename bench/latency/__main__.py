"""`make bench-latency`: measures each window in turn, shows it and writes build/bench/latency.json."""

import json
import os
import shutil
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.latency.figures import PERCENTILES, STAGES
from bench.latency.run import WindowFigures, measure
from bench.latency.settings import LatencySettings, windows
from comboio.settings import SettingsError
from local.errors import LocalError, stop_for
from local.progress import to_stderr
from local.tool import ROOT

OUTPUT = ROOT / "build" / "bench" / "latency.json"
LOGS = ROOT / "build" / "bench" / "latency"
"""Each window's logs and marks."""

CARRIED = 0.97
"""Of the rate that was asked for: what Kafka got less of was no steady load."""

DRAINED_S = 1.0
"""Seconds after the producer's end, beside the window, in which all is committed where there was no backlog."""


def main() -> None:
    """Measure: exit status 2 if it could not be done."""
    try:
        settings = LatencySettings.from_environment()
        shutil.rmtree(LOGS, ignore_errors=True)
        found: dict[float, WindowFigures] = {}
        loads: dict[float, float] = {}
        for window_s in windows(settings.windows):
            to_stderr(f"window {window_s:g} s: {settings.rate:,} messages a second for {settings.seconds} s")
            found[window_s] = measure(settings, window_s, LOGS / f"{window_s:g}")
            loads[window_s] = round(os.getloadavg()[0], 2)
    except (LocalError, SettingsError) as error:
        stop_for(error)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(result(settings, found, loads), indent=2) + "\n", encoding="utf-8")
    console = Console(width=None if Console().is_terminal else 120)
    console.print(_table(settings, found))
    console.print(f"Written: {OUTPUT}; logs: {LOGS}", highlight=False, soft_wrap=True)


def result(
    settings: LatencySettings, found: Mapping[float, WindowFigures], loads: Mapping[float, float]
) -> dict[str, Any]:
    """Return the content of build/bench/latency.json: percentiles by route and window first, then each window whole."""
    routes = sorted({name for each in found.values() for name in each.routes})
    by_route = {
        f"p{p}_ms": {
            name: {f"{window:g}": each.routes[name].whole[f"p{p}_ms"] for window, each in found.items()}
            for name in routes
        }
        for p in PERCENTILES
    }
    return {
        "rate": settings.rate,
        "seconds": settings.seconds,
        "linger_ms": settings.linger_ms,
        **by_route,
        "windows": {
            f"{window:g}": {
                "msgs_per_s": round(each.msgs_per_s),
                "carried": each.msgs_per_s >= CARRIED * settings.rate and each.drain_s <= window + DRAINED_S,
                "drain_s": round(each.drain_s, 2),
                "load": loads[window],
                "routes": {name: route.to_json() for name, route in each.routes.items()},
            }
            for window, each in found.items()
        },
    }


def _table(settings: LatencySettings, found: Mapping[float, WindowFigures]) -> Table:
    table = Table(
        *("window s", "route", "msg/s", "p50 ms", "p95 ms", "p99 ms"),
        *(f"{stage}\np50 / p99" for stage in STAGES),
        "drain s",
        title=f"{settings.rate:,} messages a second for {settings.seconds} s: record's timestamp to taken",
        title_justify="left",
    )
    for window, each in found.items():
        for name, route in each.routes.items():
            table.add_row(
                f"{window:g}",
                name,
                f"{each.msgs_per_s:,.0f}",
                *(f"{route.whole[f'p{p}_ms']:,.0f}" for p in PERCENTILES),
                *(f"{route.stages[stage]['p50_ms']:,.0f} / {route.stages[stage]['p99_ms']:,.0f}" for stage in STAGES),
                f"{each.drain_s:.2f}",
            )
    return table


if __name__ == "__main__":
    main()

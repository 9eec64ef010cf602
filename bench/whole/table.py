"""The figures for people."""

from rich.console import Console
from rich.table import Table

from bench.whole.figures import WholeFigures


def show(figures: WholeFigures, console: Console) -> None:
    """Print speeds, and where a message's microseconds go."""
    speeds = Table(title="Whole invocations on one core over TLS: messages, calls and DynamoDB writes")
    speeds.add_column("", no_wrap=True)
    for heading in ("msg/s", "from - to", "CPU us/msg", "calls/1,000", "writes/1,000", "load"):
        speeds.add_column(heading, justify="right", no_wrap=True)
    for row in figures.rows:
        slowest, fastest = row.spread
        speeds.add_row(
            f"{row.case.contender} {row.case.mode}",
            f"{row.msgs_per_s:,.0f}",
            f"{slowest:,.0f} - {fastest:,.0f}",
            f"{row.cpu_us:,.1f}",
            f"{row.calls_per_1000:,.1f}",
            f"{row.dynamodb_writes_per_1000:,.1f}",
            f"{row.middle.load:.1f}",
        )
    console.print(speeds)
    if figures.spent:
        console.print(_spent(figures))
    for mode in ("unpacked", "packed"):
        if ratio := figures.ratio(mode):
            console.print(f"{mode}: {ratio:,.0f} times Powertools' speed")
    if not figures.pinned:
        console.print("This system does not let a process choose its core: nothing was pinned to one.")


def _spent(figures: WholeFigures) -> Table:
    table = Table(title="Where a message's microseconds go, on the clock")
    table.add_column("", no_wrap=True)
    for contender, mode in figures.spent:
        table.add_column(f"{contender}\n{mode}", justify="right")
    stages = dict.fromkeys(stage for spent in figures.spent.values() for stage in spent)
    for stage in stages:
        table.add_row(stage, *(f"{spent[stage]:,.1f}" if stage in spent else "" for spent in figures.spent.values()))
    return table

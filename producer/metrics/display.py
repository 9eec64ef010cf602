"""Shows the figures in a terminal, renewed in place."""

from typing import TextIO

from rich.bar import Bar
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table

from producer.metrics.meter import Figures
from producer.metrics.skew import by_topic, skew

_HOTTEST = 8
"""Partitions shown, the hottest first: a terminal of 24 lines has room for them and for the rest."""


class FiguresDisplay:
    """A live view from the first figures until it is closed; the last figures stay on the screen."""

    def __init__(self, out: TextIO) -> None:
        self._live = Live(console=Console(file=out), auto_refresh=False, transient=False)

    def show(self, figures: Figures) -> None:
        """Show these figures in place of the ones before."""
        self._live.start()
        self._live.update(Group(_numbers(figures), _partitions(figures)), refresh=True)

    def close(self) -> None:
        """End the view."""
        self._live.stop()


def _numbers(figures: Figures) -> Table:
    table = Table.grid(padding=(0, 3))
    table.add_row(
        f"[bold]{figures.rate:,.0f}[/] msg/s",
        f"{figures.bytes_rate / 1e6:.2f} MB/s",
        f"ack p50 {figures.ack_ms['p50']:.0f} ms, p99 {figures.ack_ms['p99']:.0f} ms",
        f"{figures.elapsed_s:.0f} s",
    )
    table.add_row(
        f"{figures.acked:,} acknowledged",
        f"{figures.queue:,} queued",
        f"{figures.spooled:,} spooled, waited {figures.blocked_s:.1f} s",
        f"{figures.errors:,} refused, {figures.rejected:,} rejected",
    )
    return table


def _partitions(figures: Figures) -> Table:
    table = Table.grid(padding=(0, 1))
    hottest = sorted(figures.partitions.items(), key=lambda place: -place[1])[:_HOTTEST]
    for place, count in hottest:
        share = count / max(figures.acked, 1)
        table.add_row(place, f"{share:.1%}", Bar(hottest[0][1], 0, count, width=40))
    for topic, counts in by_topic(figures.partitions).items():
        table.add_row(topic, f"x{skew(counts):.2f}", "hottest partition over the mean")
    return table

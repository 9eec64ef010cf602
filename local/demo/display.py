"""Shows a run: a live table in a terminal, a line every other second in a pipe."""

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from local.demo.proof.figures import RunFigures

_LINE_EVERY = 2
"""Updates (one a second) per line in a pipe."""


class RunDisplay(Protocol):
    """Shows the figures of a run and its events."""

    def __enter__(self) -> Self:
        """Start the display."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the display."""
        ...

    def event(self, elapsed_s: float, text: str) -> None:
        """Show what was done to the system."""
        ...

    def figures(self, elapsed_s: float, figures: RunFigures) -> None:
        """Show the figures of the last second."""
        ...


class LineDisplay:
    """A display for a pipe or a log."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._updates = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Nothing to end."""

    def event(self, elapsed_s: float, text: str) -> None:
        """See RunDisplay."""
        self._print(f"{elapsed_s:5.1f} s  ! {text}")

    def figures(self, elapsed_s: float, figures: RunFigures) -> None:
        """See RunDisplay."""
        self._updates += 1
        if self._updates % _LINE_EVERY == 0:
            latency = "-" if figures.latency_ms is None else f"{figures.latency_ms} ms"
            self._print(
                f"{elapsed_s:5.1f} s  produced {figures.produced} ({figures.produced_per_s:.0f}/s)  "
                f"dispatched {figures.dispatched} ({figures.dispatched_per_s:.0f}/s)  lag {figures.lag_total}  "
                f"duplicates skipped {figures.duplicates}  dead letters {figures.dead}  latency {latency}"
            )

    def _print(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


class BoardDisplay:
    """A display for a terminal."""

    def __init__(self, console: Console) -> None:
        self._events: list[str] = []
        self._live = Live(console=console, refresh_per_second=4)
        self._last: tuple[float, RunFigures] = (0.0, RunFigures())

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()

    def event(self, elapsed_s: float, text: str) -> None:
        """See RunDisplay."""
        self._events.append(f"{elapsed_s:5.1f} s  {text}")
        self._live.update(self._picture(*self._last))

    def figures(self, elapsed_s: float, figures: RunFigures) -> None:
        """See RunDisplay."""
        self._last = (elapsed_s, figures)
        self._live.update(self._picture(elapsed_s, figures))

    def _picture(self, elapsed_s: float, figures: RunFigures) -> RenderableType:
        totals = Table(title=f"Comboio, {elapsed_s:.0f} s", expand=False)
        for heading in ("", "total", "per second"):
            totals.add_column(heading, justify="left" if not heading else "right")
        totals.add_row("produced", f"{figures.produced:,}", f"{figures.produced_per_s:,.0f}")
        totals.add_row("dispatched", f"{figures.dispatched:,}", f"{figures.dispatched_per_s:,.0f}")
        totals.add_row("duplicates skipped", f"{figures.duplicates:,}", "")
        totals.add_row("dead letters", f"{figures.dead:,}", "")
        latency = "-" if figures.latency_ms is None else f"{figures.latency_ms:,} ms"
        totals.add_row("Kafka to dispatch", latency, "")
        totals.add_row("lag", f"{figures.lag_total:,}", "")
        lag = Table(title="lag by partition", expand=False)
        for heading in ("partition", "lag", ""):
            lag.add_column(heading, justify="right" if heading == "lag" else "left")
        most = max([*figures.lag.values(), 1])
        for name, behind in sorted(figures.lag.items(), key=_by_number):
            lag.add_row(name, f"{behind:,}", "#" * round(30 * behind / most) if behind else "")
        return Group(totals, lag, Text("\n".join(self._events)))


def _by_number(item: tuple[str, int]) -> tuple[str, int]:
    topic, _, number = item[0].rpartition("-")
    return topic, int(number)


def display_for(console: Console) -> RunDisplay:
    """Return the display that fits the console."""
    return BoardDisplay(console) if console.is_terminal else LineDisplay(console)

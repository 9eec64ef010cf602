"""How a command ends that runs something whole: it shows what was found, and exits by whether that is sound."""

import shutil
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import NoReturn, Protocol

from rich.console import Console
from rich.table import Table

from comboio.settings import SettingsError
from local.errors import LocalError, stop_for


class Findings(Protocol):
    """What a run found."""

    @property
    def sound(self) -> bool:
        """Return whether the run proves what it should."""
        ...

    def verdict(self) -> str:
        """Return the result in a sentence."""
        ...

    def rows(self) -> Iterable[tuple[str, ...]]:
        """Return the figures in words, for a table."""
        ...


def end_by(run: Callable[[Console], Findings], written: str) -> NoReturn:
    """Run, show the report, say where it was `written`, and exit: 0 if it is sound, 1 if not, 2 if it could not run."""
    console = Console()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        report = run(console)
    except (LocalError, SettingsError) as error:
        stop_for(error)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing keeps running on this machine.\n")
        raise SystemExit(130) from None
    table = Table(show_header=False)
    for row in report.rows():
        table.add_row(*row)
    if table.rows:
        console.print(table)
    console.print(report.verdict(), style="green" if report.sound else "bold red")
    console.print(f"Written: {written}", highlight=False, soft_wrap=True)
    raise SystemExit(0 if report.sound else 1)


def empty(folder: Path) -> Path:
    """Make a folder without what an earlier run left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does, so that everything is stopped."""
    raise KeyboardInterrupt

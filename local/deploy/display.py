"""Shows the steps of a run: a live line in a terminal, nothing in a pipe."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Steps:
    """Shows which step is under way, and how long each took."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step for the length of the block."""
        began = time.monotonic()
        if not self._console.is_terminal:
            yield
            return
        with self._console.status(name):
            yield
        self._console.print(f"[green]done[/] {name}, {time.monotonic() - began:.0f} s", highlight=False)

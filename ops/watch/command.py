"""`make watch`: shows a stack until Ctrl-C, as a board in a terminal, as a line of JSON each time in a pipe."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.live import Live

from comboio.errors import ComboioError
from ops.stop import stop_for
from ops.watch.board import board
from ops.watch.line import line
from ops.watch.sources import Opened, opened


def run(
    asked: argparse.Namespace,
    stack: Opened,
    console: Console,
    wait: Callable[[float], bool],
    now: Callable[[], float] = time.time,
) -> None:
    """Show the source until `wait`, which waits for some seconds, says that it is over, or after one look if asked."""
    every_s = asked.every or stack.every_s
    if not console.is_terminal:
        while True:
            at = now()
            console.print(line(at, stack.source.look(at)), markup=False, highlight=False, soft_wrap=True)
            if asked.once or not wait(every_s):
                return
    if asked.once:
        console.print(board(f"Comboio: {stack.name}", stack.source.look(now()), console.width))
        return
    with Live(console=console, screen=True, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            at = now()
            clock = time.strftime("%H:%M:%S", time.localtime(at))
            title = f"Comboio: {stack.name}, {clock}, every {every_s:g} s, Ctrl-C ends it"
            live.update(board(title, stack.source.look(at), console.width), refresh=True)
            if not wait(every_s):
                return


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    made = argparse.ArgumentParser(
        "make watch ARGS=...",
        description="Shows lag, rates, duplicates, and what waits, is dead or is down, of the demo or stack that "
        "runs here, or of STACK on AWS. In a terminal it is a board, in a pipe a line of JSON at each look.",
    )
    made.add_argument("--every", type=_seconds, metavar="SECONDS", help="time between looks (default: 2; on AWS 30)")
    made.add_argument("--once", action="store_true", help="look once and end")
    made.add_argument(
        "--group", default="", help="the consumer group to look at, here (default: the demo's, or comboio-consumer)"
    )
    made.add_argument(
        "--file",
        type=Path,
        default=os.environ.get("DISPATCHER_ROUTES_FILE") or None,
        help="the routing table that has the names (default: DISPATCHER_ROUTES_FILE, else the demo's or the layer's)",
    )
    return made


def _seconds(text: str) -> float:
    if not 0.5 <= float(text) <= 3600:
        raise argparse.ArgumentTypeError(f"{text} s are not from 0.5 to 3600")
    return float(text)


def main() -> int:
    """Run the command with this machine's environment."""
    asked = parser().parse_args()
    console = Console(emoji=False)
    try:
        with ExitStack() as open_until_then:
            stack = opened(os.environ, asked.file, asked.group, open_until_then)

            def wait(seconds: float) -> bool:
                time.sleep(seconds)
                return stack.there()

            run(asked, stack, console, wait)
    except ComboioError as error:
        stop_for(error)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the interpreter's last flush is quiet
        return 0
    sys.stderr.write("The stack has ended.\n" if not asked.once else "")
    return 0

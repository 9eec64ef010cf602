"""The command: a board in a terminal, lines in a pipe, and an end when its stack ends."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from local.aws.attach import Running, announce, running, withdraw
from local.errors import LocalError
from ops.watch.command import parser, run
from ops.watch.panel import Panel, Row
from ops.watch.sources import EVERY_S, Opened, found_here


class Counter:
    """A source that counts its looks."""

    def __init__(self) -> None:
        self.looks = 0

    def look(self, now: float) -> list[Panel]:
        self.looks += 1
        return [Panel("Lag", [Row("t", self.looks)])]


def ran(*arguments: str, looks: int = 3, terminal: bool = False) -> tuple[str, list[float]]:
    """Run the command for some looks; return what it says, and how long it waited between them."""
    source, said, waits = Counter(), io.StringIO(), list[float]()

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return source.looks < looks

    console = Console(file=said, width=100, force_terminal=terminal)
    stack = Opened(source, "a stack", EVERY_S, lambda: True)
    run(parser().parse_args(arguments), stack, console, wait, lambda: 0.0)
    return said.getvalue(), waits


def test_in_a_pipe_each_look_is_a_line() -> None:
    """A line each, at once, until the stack ends: nothing but JSON."""
    said, waits = ran()
    assert [json.loads(each)["Lag"] for each in said.splitlines()] == [{"t": 1}, {"t": 2}, {"t": 3}]
    assert waits == [EVERY_S] * 3


def test_one_look_is_enough_if_asked() -> None:
    """Once is one line or one board, without a wait."""
    assert ran("--once")[1] == []
    said, waits = ran("--once", terminal=True)
    assert "a stack" in said and waits == []


def test_a_terminal_has_a_board() -> None:
    """Each look draws it anew, with what ends it."""
    said, waits = ran("--every", "5", terminal=True)
    assert "Ctrl-C ends it" in said and waits == [5.0] * 3


@pytest.mark.parametrize("text", ["0", "x", "4000", "nan"])
def test_an_interval_has_bounds(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Too often would be a load of its own, and no number is no interval."""
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["--every", text])
    assert ended.value.code == 2
    assert "--every" in capsys.readouterr().err


def test_a_stack_says_where_it_is_and_takes_it_back(tmp_path: Path) -> None:
    """What was announced is read whole, and is gone afterwards."""
    place, stack = tmp_path / "demo.json", Running("http://127.0.0.1:9", "127.0.0.1:1", "g", "r.toml", "build")
    announce(stack, place)
    assert running(place) == stack
    withdraw(place)
    with pytest.raises(LocalError, match="make stack"):
        running(place)


def test_where_nothing_runs_the_command_says_what_to_start(tmp_path: Path) -> None:
    """A file that a killed stack left behind is none that runs."""
    announce(Running("http://127.0.0.1:9"), tmp_path / "left.json")
    with pytest.raises(LocalError, match="make watch STACK=comboio"):
        found_here([tmp_path / "left.json", tmp_path / "none.json"])

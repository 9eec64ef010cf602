"""`make routes` as its users run it: what is wrong is one message."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.routes.command import main
from tests.support.command import run

TABLE = """
version = 1
[destinations.queue]
type = "sqs"
target = "$ROUTE_QUEUE"
[default]
to = ["queue"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a table in a file."""
    file = tmp_path / "routes.toml"
    file.write_text(TABLE)
    return file


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "{file}"), "has no ROUTE_QUEUE"),
        (("explain", "--topic", "t", "--message", "nowhere.json", "{file}"), "nowhere.json"),
        (("explain", "--topic", "t", "{file}"), "--codigo"),
        ((), "command"),
    ],
)
def test_what_is_wrong_ends_with_status_2(file: Path, arguments: tuple[str, ...], message: str) -> None:
    """A wrong table, file or use is one message and status 2."""
    done = run(main, [part.format(file=file) for part in arguments], {})
    assert done.returncode == 2
    assert message in done.stderr


def test_its_process_ends_so_too() -> None:
    """Without a traceback, and from any folder."""
    path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-m", "ops.routes.command", "check", "nowhere.toml"],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "cannot be read" in done.stderr and "Traceback" not in done.stderr

"""`make routes` as its users run it: what is wrong is one message."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
        (("check", "nowhere.toml"), "cannot be read"),
        (("check", "{file}"), "has no ROUTE_QUEUE"),
        (("explain", "--topic", "t", "--message", "nowhere.json", "{file}"), "nowhere.json"),
        (("explain", "--topic", "t", "{file}"), "--codigo"),
        ((), "command"),
    ],
)
def test_what_is_wrong_ends_with_status_2(file: Path, arguments: tuple[str, ...], message: str) -> None:
    """A wrong table, file or use is one message and status 2, with no traceback."""
    path = os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry)
    done = subprocess.run(  # noqa: S603  (our own interpreter)
        [sys.executable, "-m", "ops.routes.command", *(part.format(file=file) for part in arguments)],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr

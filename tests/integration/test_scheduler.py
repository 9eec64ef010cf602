"""A parallel run whose worker dies."""

import os
import subprocess
import sys
from pathlib import Path

CONFTEST = """
from tests.support.scheduler import GroupsAndFiles

def pytest_xdist_make_scheduler(config, log):
    return GroupsAndFiles(config, log)
"""
TESTS = """
import os
import pathlib
import pytest

@pytest.mark.parametrize("number", range(200))
def test_each(number):
    died = pathlib.Path(__file__).with_name("died")
    if number == 120 and not died.exists():
        died.touch()
        os._exit(3)
"""


def test_a_run_ends_although_a_worker_dies(tmp_path: Path) -> None:
    """The test that killed its worker is red, and each test is run."""
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "test_each.py").write_text(TESTS, encoding="utf-8")
    root = Path(__file__).parents[2]
    options = ["--numprocesses", "3", "--dist", "loadgroup", "--no-loadscope-reorder", "-p", "no:cacheprovider"]
    place = ["-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)]
    command = [sys.executable, "-m", "pytest", "-q", *options, *place]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603
    assert "1 failed, 200 passed" in done.stdout, done.stdout + done.stderr

"""A side output never ends or hinders the work: a failed write is told, and the file is opened again."""

import errno
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from consumer.observe.side_output import REOPEN_S, LineFile, LineStream, Several
from tests.support.consumer import LOG, VirtualTime


class Full(io.StringIO):
    """A file on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_lines_are_appended_and_outlive_the_process(tmp_path: Path) -> None:
    """Each is in the file before the next one is written."""
    path = tmp_path / "lines"
    path.write_text('{"n":0}\n')
    file = LineFile(path, LOG, VirtualTime().clocks.clock)
    file.write({"n": 1})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"n": 0}, {"n": 1}]
    file.close()


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_failed_write_costs_lines_and_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After a while the file is opened again, and the number of missing lines is told."""
    time = VirtualTime()
    path = tmp_path / "lines"
    file = LineFile(path, LOG, time.clocks.clock)
    file._file = Full()
    for number in range(3):
        file.write({"n": number})
    time.sleep(REOPEN_S)
    file.write({"n": 3})
    assert path.read_text() == '{"n":3}\n'
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "3 lines" in caplog.text


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_file_that_stays_away_is_tried_now_and_then(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its directory may come back."""
    time = VirtualTime()
    (tmp_path / "d").mkdir()
    file = LineFile(tmp_path / "d" / "lines", LOG, time.clocks.clock)
    file._file = Full()
    (tmp_path / "d" / "lines").unlink()
    (tmp_path / "d").rmdir()
    for _ in range(100):
        file.write({})
        time.sleep(1)
    assert len(caplog.records) <= 100 / REOPEN_S + 1
    (tmp_path / "d").mkdir()
    time.sleep(REOPEN_S)
    file.write({"n": 1})
    assert (tmp_path / "d" / "lines").read_text() == '{"n":1}\n'


def test_the_first_open_must_succeed(tmp_path: Path) -> None:
    """A wrong path is an option's fault, found at the start."""
    with pytest.raises(OSError, match="directory"):
        LineFile(tmp_path / "none" / "lines", LOG, VirtualTime().clocks.clock)


@pytest.mark.robustness("side outputs and surroundings that fail")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_a_disk_that_is_full_at_the_start_is_no_options_fault(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service starts, and the file gets its lines when the disk takes them."""

    def full(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    time = VirtualTime()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        file = LineFile(tmp_path / "lines", LOG, time.clocks.clock)
        file.write({"n": 1})
    time.sleep(REOPEN_S)
    file.write({"n": 2})
    assert (tmp_path / "lines").read_text() == '{"n":2}\n'


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize("rotate", [lambda path: path.rename(f"{path}.1"), lambda path: path.unlink()])
def test_a_file_that_was_taken_away_is_made_again(rotate: Callable[[Path], object], tmp_path: Path) -> None:
    """After a rotation no line goes into a file that nobody can find any more."""
    path = tmp_path / "lines"
    file = LineFile(path, LOG, VirtualTime().clocks.clock)
    file.write({"n": 1})
    rotate(path)
    file.write({"n": 2})
    assert path.read_text() == '{"n":2}\n'


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_working_directory_that_changes_moves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler in this process may change it."""
    monkeypatch.chdir(tmp_path)
    time = VirtualTime()
    file = LineFile(Path("lines"), LOG, time.clocks.clock)
    file._file = Full()
    file.write({})
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    time.sleep(REOPEN_S)
    file.write({"n": 1})
    assert (tmp_path / "lines").read_text() == '{"n":1}\n'


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_reader_that_leaves_ends_the_lines_and_not_the_service(caplog: pytest.LogCaptureFixture) -> None:
    """The pipe is broken for good, so it is told once; a process without standard output has no lines at all."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        stream = LineStream(pipe, LOG)
        for _ in range(3):
            stream.write({"n": 1})
        assert len(caplog.records) == 1
        pipe.flush()  # as Python does at its end, where a failure would be the exit status
    LineStream(None, LOG).write({})


def test_both_places_get_each_line() -> None:
    """The statistics go to their file and to the health endpoint."""
    first, second = io.StringIO(), io.StringIO()
    Several(LineStream(first, LOG), LineStream(second, LOG)).write({"n": 1})
    assert first.getvalue() == second.getvalue() == '{"n":1}\n'

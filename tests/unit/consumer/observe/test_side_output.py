"""A side output never ends or hinders the work: a failed write is told, and the file is opened again."""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from comboio.host.disk import Disk
from consumer.observe.side_output import RETRY_S, LineFile, LineStream, Several
from tests.support.consumer import LOG, VirtualTime
from tests.support.faulty_disk import ERRORS, FaultyCalls, sound_disk


def test_lines_are_appended_and_outlive_the_process(tmp_path: Path) -> None:
    """Each is in the file before the next one is written."""
    path = tmp_path / "lines"
    path.write_text('{"n":0}\n')
    file = LineFile(path, sound_disk(), LOG, VirtualTime().clocks.clock)
    file.write({"n": 1})
    assert [json.loads(line) for line in path.read_text().splitlines()] == [{"n": 0}, {"n": 1}]


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_failed_write_costs_lines_and_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After a while the next line is tried, and the number of missing lines is told."""
    time, calls = VirtualTime(), FaultyCalls()
    path = tmp_path / "lines"
    file = LineFile(path, Disk(calls), LOG, time.clocks.clock)
    calls.broken = True
    for number in range(3):
        file.write({"n": number})
    calls.broken = False
    time.sleep(RETRY_S)
    file.write({"n": 3})
    assert path.read_text() == '{"n":3}\n'
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "3 lines" in caplog.text


@pytest.mark.robustness("side outputs and surroundings that fail")
@pytest.mark.parametrize("error", ERRORS)
def test_a_line_that_a_full_disk_took_in_part_spoils_no_other(tmp_path: Path, error: int) -> None:
    """Whichever call of a write fails, and the cut of what is half there with it: each later line can be read, and each
    one before it."""
    calls = FaultyCalls()
    LineFile(tmp_path / "lines", Disk(calls), LOG, VirtualTime().clocks.clock).write({"n": 0})
    for number in range(1, calls.made + 1):
        for longer in (False, True):
            time = VirtualTime()
            path = tmp_path / f"lines{number}{longer}"
            file = LineFile(path, Disk(calls), LOG, time.clocks.clock)
            file.write({"n": 0})
            calls.made, calls.fail_at, calls.error = 0, number, error
            file.write({"n": 1})
            calls.fail_at, calls.broken = -1, longer
            time.sleep(RETRY_S)
            file.write({"n": 2})
            calls.broken = False
            time.sleep(RETRY_S)
            file.write({"n": 3})
            found = [json.loads(line)["n"] for line in path.read_text().splitlines() if _is_json(line)]
            assert [found[0], found[-1]] == [0, 3]
            assert (2 in found) is not longer


def test_a_line_that_a_killed_process_left_half_written_spoils_no_other(tmp_path: Path) -> None:
    """What tells which batch was in flight at a crash stands in a line of its own."""
    path = tmp_path / "lines"
    path.write_text('{"n":0}\n{"n":1,"tor')
    LineFile(path, sound_disk(), LOG, VirtualTime().clocks.clock).write({"n": 2})
    assert path.read_text().splitlines() == ['{"n":0}', '{"n":1,"tor', '{"n":2}']


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_file_that_stays_away_is_tried_now_and_then(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Its disk may come back."""
    time, calls = VirtualTime(), FaultyCalls()
    file = LineFile(tmp_path / "lines", Disk(calls), LOG, time.clocks.clock)
    calls.broken = True
    for _ in range(100):
        file.write({})
        time.sleep(1)
    assert len(caplog.records) <= 100 / RETRY_S + 1
    calls.broken = False
    time.sleep(RETRY_S)
    file.write({"n": 1})
    assert (tmp_path / "lines").read_text() == '{"n":1}\n'


def test_a_directory_that_is_not_there_is_an_options_fault(tmp_path: Path) -> None:
    """It is found at the start, and not made."""
    with pytest.raises(OSError, match="directory"):
        LineFile(tmp_path / "none" / "lines", sound_disk(), LOG, VirtualTime().clocks.clock)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.robustness("side outputs and surroundings that fail")
@pytest.mark.parametrize("error", ERRORS)
def test_a_disk_that_is_full_at_the_start_is_no_options_fault(error: int, tmp_path: Path) -> None:
    """The service starts, and the file gets its lines when the disk takes them."""
    time, calls = VirtualTime(), FaultyCalls()
    calls.broken, calls.error = True, error
    file = LineFile(tmp_path / "lines", Disk(calls), LOG, time.clocks.clock)
    file.write({"n": 1})
    calls.broken = False
    time.sleep(RETRY_S)
    file.write({"n": 2})
    assert (tmp_path / "lines").read_text() == '{"n":2}\n'


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize("rotate", [lambda path: path.rename(f"{path}.1"), lambda path: path.unlink()])
def test_a_file_that_was_taken_away_is_made_again(rotate: Callable[[Path], object], tmp_path: Path) -> None:
    """After a rotation no line goes into a file that nobody can find any more."""
    path = tmp_path / "lines"
    file = LineFile(path, sound_disk(), LOG, VirtualTime().clocks.clock)
    file.write({"n": 1})
    rotate(path)
    file.write({"n": 2})
    assert path.read_text() == '{"n":2}\n'


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_working_directory_that_changes_moves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handler in this process may change it."""
    monkeypatch.chdir(tmp_path)
    file = LineFile(Path("lines"), sound_disk(), LOG, VirtualTime().clocks.clock)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
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


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True

"""The source of lines: batches of readings, and positions that never run ahead of them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from producer.source.file import FileLines
from producer.source.line import Line
from producer.source.lines import LineSource
from producer.source.original_timing import OriginalTiming
from producer.source.position import FilePosition
from producer.source.progress import Progress
from producer.source.reading import Readings, Taken
from tests.support.faulty_disk import progress

_LINE = '{{"codigo":301,"truck_id":"T-{}","occurred_at":"2026-11-22T15:00:{:02d}Z"}}\n'


def _source(tmp_path: Path, text: str, timing: OriginalTiming | None = None) -> tuple[LineSource, Progress, Path]:
    path = tmp_path / "a"
    path.write_text(text)
    state = progress(tmp_path / "state")
    return LineSource(FileLines(path, state.known), state, timing), state, path


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_bad_lines_are_rejected_among_good_ones(tmp_path: Path) -> None:
    """Empty lines are nothing, bad ones are counted to the batch, and at the end there is None."""
    source, _, _ = _source(tmp_path, _LINE.format(1, 0) + "\nbad\n" + _LINE.format(2, 0))
    taken = source.read(2, 0)
    assert taken
    assert (taken.readings.truck_ids, len(taken.rejected)) == (["T-1"], 1)
    taken = source.read(2, 0)
    assert taken
    assert taken.readings.truck_ids == ["T-2"]
    assert source.read(2, 0) is None


def test_a_settled_batch_is_progress(tmp_path: Path) -> None:
    """Up to the end of its last line and no further."""
    source, state, path = _source(tmp_path, _LINE.format(1, 0) * 3)
    taken = source.read(2, 0)
    assert taken
    assert taken.settled
    taken.settled()
    state.save()
    known = state.known(path.stat().st_ino)
    assert known
    assert known.offset == 2 * len(_LINE.format(1, 0))


def test_a_line_that_waits_for_its_time_is_no_progress(tmp_path: Path) -> None:
    """It was read, but a batch without it must not vouch for it."""
    source, _, _ = _source(tmp_path, _LINE.format(1, 0) + _LINE.format(2, 5), OriginalTiming())
    taken = source.read(10, 0)
    assert taken
    assert (len(taken.readings), taken.settled) == (1, None)
    assert source.read(10, 4999) == Taken(Readings.of([]))
    taken = source.read(10, 5000)
    assert taken
    assert len(taken.readings) == 1
    assert taken.settled
    assert source.read(10, 5000) is None


class _Failing:
    """Gives a line, then fails, then gives another one."""

    def __init__(self) -> None:
        self._given = 0

    def next(self) -> Line | None:
        self._given += 1
        if self._given in (2, 3):
            raise OSError("the disk is broken")
        return Line(_LINE.format(self._given, 0).encode(), "a:0") if self._given < 5 else None

    def ended(self) -> bool:
        return self._given >= 5

    def positions(self) -> Mapping[Path, FilePosition]:
        return {}


def test_an_error_takes_no_line_along() -> None:
    """What was read before an error is given, the error is raised once there is nothing else, and reading goes on."""
    source = LineSource(_Failing(), progress(None), None)
    taken = source.read(10, 0)
    assert taken
    assert taken.readings.truck_ids == ["T-1"]
    with pytest.raises(OSError, match="broken"):
        source.read(10, 0)
    taken = source.read(10, 0)
    assert taken
    assert taken.readings.truck_ids == ["T-4"]

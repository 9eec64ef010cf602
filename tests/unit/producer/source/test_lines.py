"""The source of lines: batches of readings, and positions that never run ahead of them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from producer.source.file import FileLines
from producer.source.line import Line
from producer.source.lines import LineSource
from producer.source.original_timing import OriginalTiming
from producer.source.position import Reached
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


class _Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def _noted(taken: Taken | None, state: Progress, path: Path) -> int:
    """Return how far the file is noted once this is settled."""
    if taken and taken.settled:
        taken.settled()
    state.save()
    known = state.known(path.stat().st_ino)
    return known.offset if known else 0


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_progress_is_noted_up_to_the_line_that_waits_for_its_time(tmp_path: Path) -> None:
    """A restart of a replay of hours goes on where it was: the waiting line is not vouched for, those before it are."""
    clock = _Clock()
    line = len(_LINE.format(0, 0))
    text = "".join(_LINE.format(number, 5 * number) for number in range(4)) + "\n"
    source, state, path = _source(tmp_path, text, OriginalTiming(clock))
    for number in range(4):
        if number:
            clock.now = 5 * number - 0.001
            assert source.read(10, 0) == Taken(Readings.of([]))
        clock.now = 5.0 * number
        taken = source.read(10, 0)
        assert taken
        assert taken.readings.truck_ids == [f"T-{number}"]
        assert _noted(taken, state, path) == (number + 1) * line + (number == 3)
    assert source.read(10, 0) is None


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_blank_lines_without_end_do_not_hold_the_worker(tmp_path: Path) -> None:
    """A looping file of nothing but blank lines gives nothing, and the call returns so that the run can be stopped."""
    path = tmp_path / "a"
    path.write_text("\n \n")
    source = LineSource(FileLines(path, lambda _: None, loop=True), progress(None), None)
    for _ in range(3):
        assert source.read(10, 0) == Taken(Readings.of([]))


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
@pytest.mark.parametrize("more", [0, 1, 500])
def test_a_file_cut_and_filled_again_while_it_is_read_loses_no_line(tmp_path: Path, more: int) -> None:
    """A rotation by copytruncate between two batches is seen in the content, also if the file is longer than before."""
    source, _, path = _source(tmp_path, "".join(_LINE.format(number, 0) for number in range(1_000)))
    assert source.read(500, 0)
    fresh = [_LINE.format(number, 0) for number in range(5_000, 6_000 + more)]
    with path.open("r+") as file:
        file.truncate()
        file.writelines(fresh)
    trucks: list[str] = []
    while (taken := source.read(300, 0)) is not None:
        assert not taken.rejected
        trucks += taken.readings.truck_ids
    assert trucks == [f"T-{number}" for number in range(5_000, 6_000 + more)]


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

    def positions(self) -> Mapping[int, Reached]:
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

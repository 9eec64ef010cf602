"""The source of lines: batches of readings, and marks that never run ahead of them."""

from pathlib import Path

from producer.source.file import FileLines
from producer.source.lines import LineSource
from producer.source.original_timing import Pace
from producer.source.progress import Progress
from producer.source.reading import Readings, Taken

_LINE = '{{"codigo":301,"truck_id":"T-{}","occurred_at":"2026-11-22T15:00:{:02d}Z"}}\n'


def _source(tmp_path: Path, text: str, pace: Pace | None = None) -> tuple[LineSource, Progress, Path]:
    path = tmp_path / "a"
    path.write_text(text)
    progress = Progress(tmp_path / "state")
    return LineSource(FileLines(path), progress, pace), progress, path


def test_bad_lines_are_refused_among_good_ones(tmp_path: Path) -> None:
    """Empty lines are nothing, bad ones are counted to the batch, and at the end there is None."""
    source, _, _ = _source(tmp_path, _LINE.format(1, 0) + "\nbad\n" + _LINE.format(2, 0))
    taken = source.read(2, 0)
    assert taken
    assert (taken.readings.truck_ids, len(taken.refused)) == (["T-1"], 1)
    taken = source.read(2, 0)
    assert taken
    assert taken.readings.truck_ids == ["T-2"]
    assert source.read(2, 0) is None


def test_a_settled_batch_is_progress(tmp_path: Path) -> None:
    """Up to the end of its last line and no further."""
    source, progress, path = _source(tmp_path, _LINE.format(1, 0) * 3)
    taken = source.read(2, 0)
    assert taken
    assert taken.settled
    taken.settled()
    progress.save()
    assert progress.offset(path) == 2 * len(_LINE.format(1, 0))


def test_a_line_that_waits_for_its_time_is_no_progress(tmp_path: Path) -> None:
    """It was read, but a batch without it must not vouch for it."""
    source, _, _ = _source(tmp_path, _LINE.format(1, 0) + _LINE.format(2, 5), Pace())
    taken = source.read(10, 0)
    assert taken
    assert (len(taken.readings), taken.settled) == (1, None)
    assert source.read(10, 4999) == Taken(Readings.of([]))
    taken = source.read(10, 5000)
    assert taken
    assert len(taken.readings) == 1
    assert taken.settled
    assert source.read(10, 5000) is None

"""Progress in files: remembered for the very file it was made in, and only when saved."""

from pathlib import Path

from producer.source.progress import Mark, Progress


def _file(path: Path, size: int = 100) -> Mark:
    path.write_bytes(b"x" * size)
    return Mark(path.stat().st_ino, 60)


def test_saved_progress_is_found_again(tmp_path: Path) -> None:
    """By another process, and not before it was saved."""
    path = tmp_path / "a"
    mark = _file(path)
    progress = Progress(tmp_path / "state")
    progress.reached({path: mark})
    assert Progress(tmp_path / "state").offset(path) == 0
    progress.save()
    assert Progress(tmp_path / "state").offset(path) == 60


def test_another_file_of_that_name_starts_anew(tmp_path: Path) -> None:
    """Whether it is another inode, or the same cut short."""
    path = tmp_path / "a"
    progress = Progress(tmp_path / "state")
    progress.reached({path: _file(path)})
    progress.save()
    other = tmp_path / "b"
    _file(other)
    other.rename(path)
    assert progress.offset(path) == 0
    progress.reached({path: Mark(path.stat().st_ino, 60)})
    progress.save()
    assert progress.offset(path) == 60
    path.write_bytes(b"x")
    assert progress.offset(path) == 0


def test_a_damaged_note_is_no_progress(tmp_path: Path) -> None:
    """Sending twice is better than leaving out."""
    path = tmp_path / "a"
    progress = Progress(tmp_path / "state")
    progress.reached({path: _file(path)})
    progress.save()
    (note,) = (tmp_path / "state").iterdir()
    note.write_text("{")
    assert progress.offset(path) == 0


def test_a_file_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    """Notes do not pile up."""
    path = tmp_path / "a"
    progress = Progress(tmp_path / "state")
    progress.reached({path: _file(path)})
    progress.save()
    progress.forget(path)
    assert list((tmp_path / "state").iterdir()) == []


def test_without_a_directory_nothing_is_remembered(tmp_path: Path) -> None:
    """Saving is allowed and does nothing."""
    path = tmp_path / "a"
    progress = Progress(None)
    progress.reached({path: _file(path)})
    progress.save()
    assert progress.offset(path) == 0

"""Progress in files: remembered for the very file it was made in, only when saved, and whatever the disk does."""

import os
from pathlib import Path

import pytest

from comboio.host.disk import Disk
from producer.options.instance import Instance
from producer.source.file import FileLines
from producer.source.position import FilePosition, Reached
from producer.source.progress import SYNCED, Progress
from tests.support.faulty_disk import ERRORS, FaultyCalls, failure_log, progress


def _at(path: Path, position: FilePosition) -> dict[int, Reached]:
    return {position.inode: Reached(path, position)}


def _position(path: Path, offset: int = 60, size: int = 100) -> FilePosition:
    path.write_bytes(b"x" * size)
    return FilePosition(path.stat().st_ino, offset, "head", 0, "tail")


def test_saved_progress_is_found_again(tmp_path: Path) -> None:
    """Another process finds a position by the file's inode, and not before it was saved."""
    path = tmp_path / "a"
    position = _position(path)
    ours = progress(tmp_path / "state")
    ours.reached(_at(path, position))
    assert progress(tmp_path / "state").known(position.inode) is None
    assert ours.save()
    assert progress(tmp_path / "state").known(position.inode) == position


@pytest.mark.parametrize("error", ERRORS)
def test_progress_never_goes_back_on_a_disk_that_fails(tmp_path: Path, error: int) -> None:
    """Whichever call fails, the note has the old position or the new one, and the next save writes the new one."""
    calls = FaultyCalls()
    path = tmp_path / "a"
    ours = progress(tmp_path / "state", disk=Disk(calls))
    old, new = _position(path, 10), _position(path, 20)
    ours.reached(_at(path, old))
    ours.save()
    calls.made = 0
    ours.reached(_at(path, old))
    ours.save()
    for number in range(1, calls.made + 1):
        ours.reached(_at(path, old))
        ours.save()
        ours.reached(_at(path, new))
        calls.made, calls.fail_at, calls.error = 0, number, error
        assert not ours.save()
        assert progress(tmp_path / "state").known(old.inode) in (old, new)
        calls.fail_at = -1
        assert ours.save()
        assert progress(tmp_path / "state").known(old.inode) == new


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"inode": 1}', '{"inode":1,"offset":"7","head":"","tail_bytes":0,"tail":""}']
)
def test_a_damaged_note_is_no_progress(tmp_path: Path, text: str) -> None:
    """Sending twice is better than leaving out."""
    path = tmp_path / "a"
    ours = progress(tmp_path / "state")
    position = _position(path)
    ours.reached(_at(path, position))
    ours.save()
    (note,) = (tmp_path / "state").iterdir()
    note.write_text(text)
    assert ours.known(position.inode) is None


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_notes_of_files_that_are_gone_are_removed_after_a_day(tmp_path: Path) -> None:
    """Notes do not pile up, and a directory that is away for a while loses none; other directories' notes stay."""
    state, watched = tmp_path / "state", tmp_path / "in"
    watched.mkdir()
    ours = progress(state)
    gone, there, other = (_position(path) for path in (watched / "gone", watched / "there", tmp_path / "other"))
    for path, position in ((watched / "gone", gone), (watched / "there", there), (tmp_path / "other", other)):
        ours.reached(_at(path, position))
    ours.save()
    now_s = (state / f"{gone.inode}.json").stat().st_mtime
    ours.prune(watched, {there.inode}, now_s + 3_600)
    assert ours.known(gone.inode)
    ours.prune(watched, {there.inode}, now_s + 86_401)
    assert ours.known(gone.inode) is None
    assert ours.known(there.inode)
    assert ours.known(other.inode)


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"path": 7}', "[" * 100_000], ids=range(6))
def test_a_damaged_note_keeps_no_others(tmp_path: Path, text: str) -> None:
    """One that a failing machine left empty goes with the others after a day, and does not let them pile up."""
    state, watched = tmp_path / "state", tmp_path / "in"
    watched.mkdir()
    ours = progress(state)
    gone = [_position(watched / str(number)) for number in range(3)]
    for number, position in enumerate(gone):
        ours.reached(_at(watched / str(number), position))
    ours.save()
    (state / f"{gone[1].inode}.json").write_text(text)
    ours.prune(watched, set(), (state / f"{gone[1].inode}.json").stat().st_mtime + 86_401)
    assert list(state.iterdir()) == []


def test_a_note_says_whose_file_it_is(tmp_path: Path) -> None:
    """Another producer of this host can tell that a file is not its own."""
    path = tmp_path / "a"
    position = _position(path)
    theirs = progress(tmp_path / "state", Instance(1, 3))
    theirs.reached(_at(path, position))
    theirs.save()
    noted = progress(tmp_path / "state").noted(position.inode)
    assert noted
    assert noted.instance == Instance(1, 3)


def test_without_a_directory_nothing_is_remembered(tmp_path: Path) -> None:
    """Saving is allowed and does nothing."""
    path = tmp_path / "a"
    position = _position(path)
    ours = progress(None)
    ours.reached(_at(path, position))
    assert ours.save()
    assert ours.known(position.inode) is None


def _all(lines: FileLines) -> list[bytes]:
    found = []
    while line := lines.next():
        found.append(line.text)
    return found


OLD = "".join(f"old line {number}\n" for number in range(200))


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
@pytest.mark.parametrize(
    "new",
    [
        OLD.replace("old", "new"),
        OLD.replace("old", "new") * 2,
        OLD[:1500] + OLD[1500:].replace("old", "new") * 3,
        OLD[:-10] + "different\n" + OLD,
    ],
    ids=["other content", "larger", "same beginning", "same up to shortly before the position"],
)
def test_other_content_on_the_same_inode_is_read_from_its_beginning(
    tmp_path: Path, new: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A file overwritten in place, or refilled after it was cut, skips no line, and the log says why."""
    path = tmp_path / "a"
    path.write_text(OLD)
    ours = progress(tmp_path / "state")
    lines = FileLines(path, ours.known)
    _all(lines)
    ours.reached(lines.positions())
    ours.save()
    assert _all(FileLines(path, ours.known)) == []
    inode = path.stat().st_ino
    path.write_text(new)
    assert path.stat().st_ino == inode
    assert b"\n".join(_all(FileLines(path, ours.known))).decode() + "\n" == new
    assert "other content" in caplog.text


def test_a_file_that_grew_is_continued(tmp_path: Path) -> None:
    """What was read is not read again, under another name either."""
    path = tmp_path / "a"
    path.write_text(OLD)
    ours = progress(tmp_path / "state")
    lines = FileLines(path, ours.known)
    lines.next()
    ours.reached(lines.positions())
    ours.save()
    path.rename(tmp_path / "b")
    with (tmp_path / "b").open("a") as file:
        file.write("more\n")
    assert _all(FileLines(tmp_path / "b", ours.known)) == [*OLD.encode().splitlines()[1:], b"more"]


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_a_file_cut_while_it_is_read_is_read_from_its_beginning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A truncation is noticed at the end of what was there, and the log says so."""
    path = tmp_path / "a"
    path.write_text(OLD)
    lines = FileLines(path, progress(None).known)
    _all(lines)
    os.truncate(path, 0)
    path.write_text("new\n")
    assert _all(lines) == [b"new"]
    assert "became shorter" in caplog.text


class _Counting(FaultyCalls):
    """Calls that count what takes a disk milliseconds."""

    synced = 0

    def sync(self, file: int) -> None:
        self.synced += 1
        super().sync(file)


@pytest.mark.robustness("costs that grow with history")
@pytest.mark.parametrize(("notes", "syncs"), [(1, 2), (SYNCED, 2 * SYNCED), (SYNCED + 1, 0), (300, 0)])
def test_many_notes_at_once_do_not_wait_for_the_disk(tmp_path: Path, notes: int, syncs: int) -> None:
    """A directory of thousands of files is noted in one go; each note outlives the process all the same."""
    calls = _Counting()
    (tmp_path / "state").mkdir()
    ours = Progress(tmp_path / "state", Instance(), Disk(calls), failure_log(), clock=lambda: 0.0)
    positions = [FilePosition(inode, 5, "head", 0, "tail") for inode in range(notes)]
    ours.reached({each.inode: Reached(tmp_path / str(each.inode), each) for each in positions})
    assert ours.save()
    assert calls.synced == syncs
    other = progress(tmp_path / "state")
    assert [other.known(inode) for inode in range(notes)] == positions

"""A write to disk happens whole or leaves what was there, whichever call of it fails."""

import os
from pathlib import Path

import pytest

from comboio.host.disk import PRIVATE, Disk
from tests.support.faulty_disk import ERRORS, FaultyCalls

OLD, NEW = b"old 1\nold 2\n", b"new 1\nnew 2\nnew 3\n"


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize("error", ERRORS)
def test_a_replacement_that_fails_leaves_the_old_file(tmp_path: Path, error: int) -> None:
    """Whichever call fails, the file is the old one or the new one, whole; only the latter may be after the rename."""
    calls = FaultyCalls()
    disk, path = Disk(calls), tmp_path / "file"
    disk.replace(path, [OLD])
    needed = calls.made
    for number in range(1, needed + 1):
        path.write_bytes(OLD)
        calls.made, calls.fail_at, calls.error = 0, number, error
        with pytest.raises(OSError, match=os.strerror(error)):
            disk.replace(path, [NEW[:7], NEW[7:]])
        assert path.read_bytes() in (OLD, NEW)
        calls.fail_at = -1
        disk.replace(path, [NEW])
        assert path.read_bytes() == NEW
        assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.robustness("disks that fail or fill, files that vanish")
@pytest.mark.parametrize("error", ERRORS)
def test_lines_that_could_not_be_added_are_not_half_there(tmp_path: Path, error: int) -> None:
    """Whichever call fails, the next try leaves every line once and whole, or at worst twice."""
    calls = FaultyCalls()
    disk = Disk(calls)
    disk.append(tmp_path / "first", NEW, PRIVATE, durable=True)
    needed = calls.made
    for number in range(1, needed + 1):
        path = tmp_path / f"file{number}"  # another one each time: its name must be synced too
        path.write_bytes(OLD)
        calls.made, calls.fail_at, calls.error = 0, number, error
        with pytest.raises(OSError, match=os.strerror(error)):
            disk.append(path, NEW, PRIVATE, durable=True)
        calls.fail_at = -1
        disk.append(path, NEW, PRIVATE, durable=True)
        lines = path.read_bytes().splitlines()
        assert lines[:2] == OLD.splitlines()
        assert lines[-3:] == NEW.splitlines()
        assert set(lines) == {*OLD.splitlines(), *NEW.splitlines()}


class _Synced(FaultyCalls):
    """Calls that note what was synced."""

    def __init__(self) -> None:
        super().__init__()
        self.synced: list[Path] = []

    def sync(self, file: int) -> None:
        self.synced.append(Path(f"/proc/self/fd/{file}").readlink())
        super().sync(file)


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_the_name_of_a_durable_file_is_synced_as_its_lines_are(tmp_path: Path) -> None:
    """When the machine fails, a file whose directory was not synced may be gone with all its lines: whoever adds the
    first ones, of a process or of a file that was taken away and made again, syncs it."""
    calls, path = _Synced(), tmp_path / "file"
    disk = Disk(calls)
    for _ in range(2):
        disk.append(path, OLD, PRIVATE, durable=True)
    assert calls.synced == [path, tmp_path, path]
    path.unlink()
    disk.append(path, OLD, PRIVATE, durable=True)
    assert calls.synced[3:] == [path, tmp_path]
    Disk(calls).append(path, OLD, PRIVATE, durable=True)
    assert calls.synced[5:] == [path, tmp_path]


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_part_that_cannot_be_cut_off_gets_a_line_end(tmp_path: Path) -> None:
    """A disk that fails for longer leaves part of a line; it spoils no line that comes after it."""
    calls = FaultyCalls()
    disk, path = Disk(calls), tmp_path / "file"
    path.write_bytes(OLD + b"torn")
    disk.append(path, NEW, PRIVATE)
    assert path.read_bytes() == OLD + b"torn\n" + NEW


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_file_that_was_taken_away_is_made_again(tmp_path: Path) -> None:
    """Nothing is kept open: what is added after a move, or after its directory went, is where the path says."""
    disk, path = Disk(FaultyCalls()), tmp_path / "place" / "file"
    disk.append(path, OLD, PRIVATE)
    path.rename(tmp_path / "moved")
    disk.append(path, NEW, PRIVATE)
    assert (path.read_bytes(), (tmp_path / "moved").read_bytes()) == (NEW, OLD)
    path.unlink()
    path.parent.rmdir()
    disk.append(path, NEW, PRIVATE)
    assert path.read_bytes() == NEW
    os.truncate(path, 0)
    disk.append(path, OLD, PRIVATE)
    assert path.read_bytes() == OLD


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_pipe_without_a_reader_is_an_error_and_not_a_wait(tmp_path: Path) -> None:
    """A side output to a pipe does not stop whoever writes to it."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device"):
        Disk(FaultyCalls()).append(tmp_path / "pipe", NEW, PRIVATE)


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_a_file_that_is_gone_is_removed_already(tmp_path: Path) -> None:
    """Removing twice is no failure."""
    Disk(FaultyCalls()).remove(tmp_path / "none")


@pytest.mark.robustness("disks that fail or fill, files that vanish")
def test_only_its_owner_reads_a_private_file(tmp_path: Path) -> None:
    """Messages are nobody else's business, in a new file as in a replaced one."""
    disk = Disk(FaultyCalls())
    disk.append(tmp_path / "a", NEW, PRIVATE)
    disk.replace(tmp_path / "b", [NEW])
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())

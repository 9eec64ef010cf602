"""The watch tells every change in a directory, and says so when it cannot."""

from pathlib import Path

import pytest

from producer.source.watch import Inotify, Polling, file_system, watch


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def test_the_first_look_is_at_everything(directory: Path) -> None:
    """What was there before the watch began is not told."""
    found = Inotify(directory)
    assert found.changed() is None
    assert found.changed() == set()
    found.close()


def test_each_kind_of_change_is_told_once(directory: Path) -> None:
    """New, grown, renamed and deleted files are named."""
    found = Inotify(directory)
    found.changed()
    (directory / "a").write_text("1")
    assert found.changed() == {"a"}
    with (directory / "a").open("a") as file:
        file.write("2")
        file.flush()
        assert found.changed() == {"a"}
    found.changed()
    (directory / "a").rename(directory / "ação")
    assert found.changed() == {"a", "ação"}
    (directory / "ação").unlink()
    assert found.changed() == {"ação"}
    assert found.changed() == set()
    found.close()


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_another_directory_in_its_place_is_looked_at_whole(directory: Path, tmp_path: Path) -> None:
    """A directory moved away is an error until one is there again, which is watched then."""
    found = Inotify(directory)
    found.changed()
    directory.rename(tmp_path / "away")
    with pytest.raises(FileNotFoundError):
        found.changed()
    directory.mkdir()
    assert found.changed() is None
    (directory / "a").touch()
    assert found.changed() == {"a"}
    found.close()


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_more_than_the_queue_holds_is_a_look_at_everything(directory: Path) -> None:
    """The kernel forgets what it has no room for, and says so."""
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if limit > 50_000:
        pytest.skip(f"this kernel's queue holds {limit:,} events")
    found = Inotify(directory)
    found.changed()
    (directory / "a").touch()
    (directory / "b").touch()
    for number in range(limit):
        (directory / ("a", "b")[number % 2]).chmod(0o600)
    assert found.changed() is None
    found.close()


MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:40 / /data rw - nfs4 host:/data rw
31 30 8:2 / /data/own\\040disk rw shared:1 - xfs /dev/sdb rw
broken
"""


@pytest.mark.parametrize(
    ("directory", "kind"),
    [("/var/in", "ext4"), ("/data/in", "nfs4"), ("/database", "ext4"), ("/data/own disk/in", "xfs")],
)
def test_the_file_system_is_that_of_the_nearest_mount(directory: str, kind: str) -> None:
    """A network's file system is told from the disk that it is mounted on."""
    assert file_system(Path(directory), MOUNTS) == kind


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_a_directory_whose_changes_are_not_all_told_is_polled() -> None:
    """/proc has changes that no watch tells of."""
    assert isinstance(watch(Path("/proc")), Polling)

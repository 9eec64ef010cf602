"""A watched directory: all files in order of name, each line once, under whatever name, and only what has changed."""

import errno
import itertools
import os
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from producer.host.failure_log import FailureLog
from producer.options.instance import Instance
from producer.source.directory import RETRY_S, SCAN_S, DirectoryLines
from producer.source.file import FileLines
from producer.source.progress import Progress
from producer.source.watch import Inotify, Polling, Watch
from tests.support.faulty_disk import failure_log, progress


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


CLOCK = _Clock()
"""The time of all these tests; each look at everything comes a second after the last one."""


class _Watch:
    """Tells of names once each; None is "look at all"."""

    def __init__(self, *answers: set[str] | None) -> None:
        self.answers = list(answers)

    def changed(self) -> set[str] | None:
        return self.answers.pop(0) if self.answers else set()


def _lines(
    directory: Path,
    instance: Instance = Instance(),  # noqa: B008 - immutable
    *,
    patterns: Sequence[str] = ("*",),
    watch: Watch | None = None,
    state: Progress | None = None,
    clock: _Clock | None = None,
    failures: FailureLog | None = None,
) -> DirectoryLines:
    return DirectoryLines(
        directory,
        patterns,
        state or progress(None),
        instance,
        watch or Polling(),
        failures or failure_log(),
        clock or CLOCK,
    )


def _all(lines: DirectoryLines) -> list[bytes]:
    CLOCK.now += 1
    found = []
    while line := lines.next():
        found.append(line.text)
    return found


@pytest.fixture(params=["polling", "inotify"])
def watch(request: pytest.FixtureRequest, tmp_path: Path) -> Watch:
    return Polling() if request.param == "polling" else Inotify(tmp_path)


def test_files_come_in_order_of_name_and_once(tmp_path: Path, watch: Watch) -> None:
    """Hidden, unfinished and compressed files are passed over, and directories too."""
    for name in ("b", "a", ".hidden", "c.tmp", "c.part", "e.gz", "f.zst"):
        (tmp_path / name).write_text(f"{name}1\n{name}2\n")
    (tmp_path / "d").mkdir()
    lines = _lines(tmp_path, watch=watch)
    assert _all(lines) == [b"a1", b"a2", b"b1", b"b2"]
    assert _all(lines) == []
    assert not lines.ended()


def test_only_the_wanted_names_are_read(tmp_path: Path) -> None:
    """Names are matched against patterns."""
    for name in ("a.jsonl", "b.json", "c.txt", "README"):
        (tmp_path / name).write_text(f"{name}\n")
    assert _all(_lines(tmp_path, patterns=("*.jsonl", "*.json"))) == [b"a.jsonl", b"b.json"]


def test_what_is_added_is_read(tmp_path: Path, watch: Watch) -> None:
    """A file that grows, one that comes, and another one under an old name are read."""
    (tmp_path / "a").write_text("1\n")
    lines = _lines(tmp_path, watch=watch)
    assert _all(lines) == [b"1"]
    with (tmp_path / "a").open("a") as file:
        file.write("2\n")
    (tmp_path / "b").write_text("3\n")
    assert _all(lines) == [b"2", b"3"]
    (tmp_path / "x.tmp").write_text("4\n5\n")
    (tmp_path / "x.tmp").rename(tmp_path / "b")
    assert _all(lines) == [b"4", b"5"]
    assert _all(lines) == []


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_a_rotation_by_rename_neither_repeats_nor_leaves_out_a_line(tmp_path: Path, watch: Watch) -> None:
    """A file that was begun is read to its end under its new name, even one that is not wanted, and only once."""
    (tmp_path / "app.jsonl").write_text("1\n2\n")
    lines = _lines(tmp_path, patterns=("*.jsonl",), watch=watch)
    assert _all(lines) == [b"1", b"2"]
    with (tmp_path / "app.jsonl").open("a") as file:
        file.write("3\n")
    (tmp_path / "app.jsonl").rename(tmp_path / "app.jsonl.1")
    (tmp_path / "app.jsonl").write_text("4\n")
    assert sorted(_all(lines)) == [b"3", b"4"]
    (tmp_path / "app.jsonl.1").rename(tmp_path / "app.jsonl.2")
    (tmp_path / "app.jsonl").rename(tmp_path / "app.jsonl.1")
    (tmp_path / "app.jsonl").write_text("5\n")
    assert _all(lines) == [b"5"]
    assert _all(lines) == []


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_a_rotation_while_the_producer_is_down_repeats_nothing(tmp_path: Path) -> None:
    """The next run knows the file under its new name."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "app.jsonl").write_text("1\n2\n")
    first = progress(tmp_path / "state")
    lines = _lines(source, state=first)
    assert lines.next()
    first.reached(lines.positions())
    first.save()
    (source / "app.jsonl").rename(source / "app.jsonl.1")
    (source / "app.jsonl").write_text("3\n")
    assert _all(_lines(source, state=progress(tmp_path / "state"))) == [b"3", b"2"]


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_a_rotation_within_a_batch_repeats_nothing_after_a_restart(tmp_path: Path) -> None:
    """The last lines of a file, and the first ones of the file that came in its place, are two files' progress, though
    both were read under one name."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "app.jsonl").write_text("1\n2\n")
    first = progress(tmp_path / "state")
    lines = _lines(source, state=first)
    assert lines.next()
    (source / "app.jsonl").rename(source / "app.jsonl.1")
    (source / "app.jsonl").write_text("3\n")
    assert _all(lines) == [b"2", b"3"]
    first.reached(lines.positions())
    first.save()
    assert _all(_lines(source, state=progress(tmp_path / "state"))) == []


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_a_rotated_file_stays_with_the_producer_that_began_it(tmp_path: Path) -> None:
    """Of several producers only the one that has begun a file reads it on, whosever its new name would be."""
    source = tmp_path / "in"
    source.mkdir()
    shares = [Instance(0, 2), Instance(1, 2)]
    names = [next(f"app{n}" for n in range(99) if share.has(f"app{n}")) for share in shares]
    states = [progress(tmp_path / "state", share) for share in shares]
    (source / names[0]).write_text("1\n2\n")
    lines = [_lines(source, share, state=state) for share, state in zip(shares, states, strict=True)]
    assert lines[0].next()
    states[0].reached(lines[0].positions())
    states[0].save()
    (source / names[0]).rename(source / names[1])
    assert _all(lines[0]) == [b"2"]
    assert _all(lines[1]) == []
    (source / names[0]).write_text("3\n")
    assert _all(lines[0]) == [b"3"]


@pytest.mark.parametrize("content", [b"new 1\nnew 2\n", b"new 1\nnew 2\nnew 3\n", b"new\n"])
def test_a_file_overwritten_in_place_is_read_again(tmp_path: Path, watch: Watch, content: bytes) -> None:
    """Whether it has become larger, smaller or as large as before."""
    path = tmp_path / "a"
    path.write_bytes(b"old 1\nold 2\n")
    lines = _lines(tmp_path, watch=watch)
    assert _all(lines) == [b"old 1", b"old 2"]
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    assert _all(lines) == content.splitlines()


def test_positions_tell_how_far_each_file_was_given(tmp_path: Path) -> None:
    """They tell it since they were last asked for."""
    (tmp_path / "a").write_text("1\n2\n")
    (tmp_path / "b").write_text("345\n")
    lines = _lines(tmp_path)
    lines.next()
    assert {reached.path.name: reached.position.offset for reached in lines.positions().values()} == {"a": 2}
    _all(lines)
    assert {reached.path.name: reached.position.offset for reached in lines.positions().values()} == {"a": 4, "b": 4}
    assert lines.positions() == {}


def test_instances_share_the_files(tmp_path: Path) -> None:
    """Each line is one's, and one's only."""
    for number in range(20):
        (tmp_path / f"{number}").write_text(f"{number}\n")
    shares = [_all(_lines(tmp_path, Instance(number, 3))) for number in range(3)]
    assert sorted(int(line) for share in shares for line in share) == list(range(20))


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_a_file_that_is_gone_again_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is gone between the look and the opening."""
    (tmp_path / "a").write_text("1\n")
    (tmp_path / "b").write_text("2\n")
    (tmp_path / "c").write_text("3\n")
    lines = _lines(tmp_path)
    assert lines.next()
    (tmp_path / "b").unlink()
    assert _all(lines) == [b"3"]


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_a_file_that_cannot_be_read_is_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be opened is logged once, holds up no other file, and is read when it can be."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "b").write_text("1\n")
    lines = _lines(tmp_path, watch=_Watch(None))
    (tmp_path / "b").chmod(0)
    if os.access(tmp_path / "b", os.R_OK):
        pytest.skip("this user may read everything")
    assert _all(lines) == []
    assert _all(lines) == []
    assert caplog.text.count("reading the file b failed") == 1
    (tmp_path / "b").chmod(0o600)
    CLOCK.now += RETRY_S
    assert _all(lines) == [b"1", b"1"]


def test_a_directory_that_is_away_for_a_while_is_read_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged once, no line is repeated when it comes back, and what came in the meantime is read."""
    source = tmp_path / "in"
    source.mkdir()
    (source / "a").write_text("1\n")
    for watch in (Polling(), Inotify(source)):
        lines = _lines(source, watch=watch)
        assert b"1" in _all(lines)
        source.rename(tmp_path / "away")
        caplog.clear()
        assert _all(lines) == []
        assert _all(lines) == []
        assert caplog.text.count("reading the watched directory failed") == 1
        with (tmp_path / "away" / "a").open("a") as file:
            file.write("2\n")
        (tmp_path / "away").rename(source)
        assert _all(lines) == [b"2"]
        with (source / "a").open("a") as file:
            file.write("3\n")
        assert _all(lines) == [b"3"]


def test_a_look_costs_by_what_has_changed(tmp_path: Path) -> None:
    """Where the kernel tells what has changed, nothing else is looked at between two scans."""
    for number in range(50):
        (tmp_path / f"{number:02}").write_text("x\n")
    lines = _lines(tmp_path, watch=_Watch(None, set(), {"07"}))
    assert len(_all(lines)) == 50
    assert _all(lines) == []
    for name in ("07", "08"):
        with (tmp_path / name).open("a") as file:
            file.write(f"{name}\n")
    assert _all(lines) == [b"07"]
    CLOCK.now += SCAN_S
    assert _all(lines) == [b"08"]


def test_a_full_directory_is_looked_at_less_often(tmp_path: Path) -> None:
    """Where nobody tells what has changed, looks take at most a twentieth of the time."""
    looks = 0

    class Slow(Polling):
        def changed(self) -> None:
            nonlocal looks
            looks += 1
            clock.now += 2.0  # as long as the list of a very full directory takes

    clock = _Clock()
    lines = _lines(tmp_path, watch=Slow(), clock=clock)
    began = clock.now
    while clock.now - began < 1_000:
        lines.next()
        clock.now += 0.02
    assert looks * 2.0 <= 0.075 * 1_000


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_a_file_that_grows_as_fast_as_it_is_read_does_not_keep_the_others(tmp_path: Path, watch: Watch) -> None:
    """Each file is read to the size that it had when its turn came."""
    (tmp_path / "a").write_bytes(b"a0\n")
    (tmp_path / "b").write_bytes(b"b0\n")
    lines = _lines(tmp_path, watch=watch)
    found = []
    for number in range(1, 7):
        CLOCK.now += 1
        with (tmp_path / "a").open("ab") as file:
            file.write(b"a%d\n" % number)
        line = lines.next()
        found.append(line.text if line else b"")
    assert found[:3] == [b"a0", b"a1", b"b0"]
    assert [*found, *_all(lines)] == [b"a0", b"a1", b"b0", b"a2", b"a3", b"a4", b"a5", b"a6"]


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_other_content_of_the_same_size_and_time_is_read(tmp_path: Path, watch: Watch) -> None:
    """A copy that keeps the time of modification, as rsync and cp -p do, is a change."""
    path = tmp_path / "a"
    path.write_bytes(b"one\n")
    lines = _lines(tmp_path, watch=watch)
    assert _all(lines) == [b"one"]
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:  # the kernel's clock goes in steps of some milliseconds
        path.write_bytes(b"two\n")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert _all(lines) == [b"two"]


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    """Neither a directory, a pipe, a socket nor a link to nowhere keeps the files from being read."""
    (tmp_path / "a").mkdir()
    os.mkfifo(tmp_path / "b")
    (tmp_path / "c").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.fspath(Path(os.path.relpath(tmp_path)) / "e"))
        (tmp_path / "f\n\udcff").write_bytes(b"one\n")
        assert _all(_lines(tmp_path)) == [b"one"]


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_a_pipe_in_the_place_of_a_file_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    """It may come between the look at the directory and the opening."""
    os.mkfifo(tmp_path / "a")
    with pytest.raises(FileNotFoundError):
        FileLines(tmp_path / "a", lambda _: None)


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
def test_files_that_cannot_be_read_cost_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are tried again every few seconds, and not with each look for changes."""
    for number in range(30):
        (tmp_path / f"{number:02d}").write_bytes(b"one\n")
    opened: list[str] = []

    def refused(path: Path, *_: object, **__: object) -> FileLines:
        opened.append(path.name)
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("producer.source.directory.FileLines", refused)
    lines = _lines(tmp_path, watch=_Watch(None))
    assert _all(lines) == []
    tried_at = [CLOCK.now]
    for _ in range(20):
        before = len(opened)
        assert _all(lines) == []
        if len(opened) > before:
            tried_at.append(CLOCK.now)
            assert len(opened) - before == 30
    assert all(second - first >= RETRY_S for first, second in itertools.pairwise(tried_at[1:]))
    assert len(tried_at) > 3

"""A watched directory: all files in order of name, each line once, new ones when they come."""

from pathlib import Path

from producer.options.instance import Instance
from producer.source.directory import DirectoryLines
from producer.source.progress import Progress


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def _lines(tmp_path: Path, instance: Instance = Instance()) -> DirectoryLines:  # noqa: B008 - immutable
    return DirectoryLines(tmp_path, Progress(None), instance, _Clock())


def _all(lines: DirectoryLines) -> list[bytes]:
    found = []
    while line := lines.next():
        found.append(line.text)
    return found


def test_files_come_in_order_of_name_and_once(tmp_path: Path) -> None:
    """Hidden and unfinished ones are passed over, directories too."""
    for name in ("b", "a", ".hidden", "c.tmp", "c.part"):
        (tmp_path / name).write_text(f"{name}1\n{name}2\n")
    (tmp_path / "d").mkdir()
    lines = _lines(tmp_path)
    assert _all(lines) == [b"a1", b"a2", b"b1", b"b2"]
    assert _all(lines) == []
    assert not lines.ended()


def test_what_is_added_is_taken(tmp_path: Path) -> None:
    """A file that grows, one that comes, and another one under an old name."""
    (tmp_path / "a").write_text("1\n")
    lines = _lines(tmp_path)
    assert _all(lines) == [b"1"]
    with (tmp_path / "a").open("a") as file:
        file.write("2\n")
    (tmp_path / "b").write_text("3\n")
    assert _all(lines) == [b"2", b"3"]
    (tmp_path / "x.tmp").write_text("4\n5\n")
    (tmp_path / "x.tmp").rename(tmp_path / "b")
    assert _all(lines) == [b"4", b"5"]


def test_marks_tell_how_far_each_file_was_given(tmp_path: Path) -> None:
    """Since they were last asked for."""
    (tmp_path / "a").write_text("1\n2\n")
    (tmp_path / "b").write_text("345\n")
    lines = _lines(tmp_path)
    lines.next()
    assert {path.name: mark.offset for path, mark in lines.marks().items()} == {"a": 2}
    _all(lines)
    assert {path.name: mark.offset for path, mark in lines.marks().items()} == {"a": 4, "b": 4}
    assert lines.marks() == {}


def test_instances_share_the_files(tmp_path: Path) -> None:
    """Each line is one's, and one's only."""
    for number in range(20):
        (tmp_path / f"{number}").write_text(f"{number}\n")
    shares = [_all(_lines(tmp_path, Instance(number, 3))) for number in range(3)]
    assert sorted(int(line) for share in shares for line in share) == list(range(20))


def test_a_file_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    """It is gone between the look and the opening."""
    (tmp_path / "a").write_text("1\n")
    (tmp_path / "b").write_text("2\n")
    lines = _lines(tmp_path)
    assert lines.next()
    (tmp_path / "b").unlink()
    assert _all(lines) == []

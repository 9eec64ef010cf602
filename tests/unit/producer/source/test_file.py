"""Lines of a file: from a place on, once or over and over."""

from pathlib import Path

from producer.source.file import FileLines
from producer.source.position import FilePosition


def _lines(path: Path, loop: bool = False, whole: bool = True, known: FilePosition | None = None) -> FileLines:
    return FileLines(path, lambda _: known, loop=loop, whole=whole)


def _all(lines: FileLines) -> list[bytes]:
    found = []
    while line := lines.next():
        found.append(line.text)
    return found


def test_lines_and_their_places(tmp_path: Path) -> None:
    """Lines end in either way, and the last one without any end counts too."""
    path = tmp_path / "a"
    path.write_bytes(b"one\r\ntwo\nthree")
    lines = _lines(path)
    assert lines.next()
    ((_, position),) = lines.positions().values()
    assert position.offset == 5
    assert lines.positions() == {}
    assert _all(lines) == [b"two", b"three"]
    assert lines.ended()
    assert [reached.position.offset for reached in lines.positions().values()] == [14]
    assert _all(_lines(path, known=position)) == [b"two", b"three"]


def test_a_line_may_be_waited_for(tmp_path: Path) -> None:
    """Where a file may grow, an unfinished line is left until it is finished."""
    path = tmp_path / "a"
    path.write_bytes(b"one\ntw")
    lines = _lines(path, whole=False)
    assert _all(lines) == [b"one"]
    with path.open("ab") as file:
        file.write(b"o\n")
    assert _all(lines) == [b"two"]


def test_a_loop_begins_again(tmp_path: Path) -> None:
    """A loop has no place to continue from, and an empty file does not loop for ever."""
    path = tmp_path / "a"
    path.write_bytes(b"one\ntwo\n")
    lines = _lines(path, loop=True)
    assert [line.text for _ in range(5) if (line := lines.next())] == [b"one", b"two", b"one", b"two", b"one"]
    assert lines.positions() == {}
    path.write_bytes(b"")
    assert _lines(path, loop=True).next() is None

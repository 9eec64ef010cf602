"""Lines of a file: from a place on, once or over and over."""

from pathlib import Path

from producer.source.file import FileLines


def _all(lines: FileLines) -> list[bytes]:
    found = []
    while line := lines.next():
        found.append(line.text)
    return found


def test_lines_and_their_places(tmp_path: Path) -> None:
    """With either line end, and the last one without any."""
    path = tmp_path / "a"
    path.write_bytes(b"one\r\ntwo\nthree")
    lines = FileLines(path)
    assert _all(lines) == [b"one", b"two", b"three"]
    assert lines.ended()
    assert [mark.offset for mark in lines.marks().values()] == [14]
    assert _all(FileLines(path, offset=5)) == [b"two", b"three"]


def test_a_line_may_be_waited_for(tmp_path: Path) -> None:
    """Where a file may grow, an unfinished line is left until it is finished."""
    path = tmp_path / "a"
    path.write_bytes(b"one\ntw")
    lines = FileLines(path, whole=False)
    assert _all(lines) == [b"one"]
    with path.open("ab") as file:
        file.write(b"o\n")
    assert _all(lines) == [b"two"]


def test_a_loop_begins_again(tmp_path: Path) -> None:
    """And has no place to go on from; an empty file does not loop for ever."""
    path = tmp_path / "a"
    path.write_bytes(b"one\ntwo\n")
    lines = FileLines(path, loop=True)
    assert [line.text for _ in range(5) if (line := lines.next())] == [b"one", b"two", b"one", b"two", b"one"]
    assert lines.marks() == {}
    path.write_bytes(b"")
    assert FileLines(path, loop=True).next() is None

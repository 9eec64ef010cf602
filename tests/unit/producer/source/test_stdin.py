"""Lines of a pipe: whole lines whatever the pieces they come in."""

import os

from hypothesis import given
from hypothesis import strategies as st

from producer.source.stdin import PipeLines


@given(st.lists(st.binary(max_size=20), max_size=10))
def test_pieces_do_not_matter(pieces: list[bytes]) -> None:
    """The lines are those of the whole text, and it has ended when the writer has."""
    there, here = os.pipe()
    lines = PipeLines(there)
    found = []
    try:
        for piece in pieces:
            os.write(here, piece)
            while line := lines.next():
                found.append(line.text)
        assert not lines.ended()
    finally:
        os.close(here)
    while line := lines.next():
        found.append(line.text)
    text = b"".join(pieces)
    expected = text.split(b"\n")
    assert found == (expected if expected[-1] else expected[:-1])
    assert lines.ended()
    assert line is None
    os.close(there)


def test_lines_are_numbered() -> None:
    """So that a refused one can be found."""
    there, here = os.pipe()
    os.write(here, b"a\nb\n")
    lines = PipeLines(there)
    assert [line.place for _ in range(2) if (line := lines.next())] == ["stdin:1", "stdin:2"]
    os.close(here)
    os.close(there)

"""Words that the code no longer uses: names of an older design, and English that no engineer writes."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.source_tree import ROOT

RETIRED = re.compile(
    r"(?<![A-Za-z])(Berths?|Docks?|Timetable|Patience|TableInForce|shipping"
    r"|[Bb]rought|[Cc]annot be had|[Ss]o long)(?![A-Za-z])"
)
"""Names of an older design, and phrases for which the field has its own: delivered, missing, timeout."""

PLACES = (
    "layers",
    "functions",
    "producer",
    "consumer",
    "ops",
    "plan",
    "charts",
    "local",
    "bench",
    "examples",
    "events",
    "tests",
)
"""The folders of code; the documents are prose, and history may quote."""

SUFFIXES = {".py", ".toml", ".yaml", ".service", ".env", ".sh"}


def test_retired_words_stay_retired() -> None:
    """No file of code has a retired word."""
    found = [path.relative_to(ROOT).as_posix() for path in _files() if RETIRED.search(path.read_text())]
    assert found == []


def test_a_word_within_a_word_is_another_word() -> None:
    """A word of today that contains a retired one is not taken for it."""
    assert not RETIRED.search("Docker, impatience, relationship, along")
    for text in ("for so long", "a Dock", "was_brought_again", "_TableInForce"):
        assert RETIRED.search(text)


def _files() -> Iterator[Path]:
    roots = [ROOT / "template.yaml", ROOT / "mapping.yaml", ROOT / "Makefile"]
    yield from roots
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*")):
            if path.suffix in SUFFIXES and path != Path(__file__) and "__pycache__" not in path.parts:
                yield path

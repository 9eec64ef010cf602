"""Words that the code no longer uses: names of an older design, and English that no engineer writes."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.source_tree import ROOT

RETIRED = re.compile(
    r"(?<![a-z])(berths?|docks?|shipping|timetable|patience|tableinforce|brought|cannot be had|so long)(?![a-z])",
    re.IGNORECASE,
)
"""Harbour words, and phrases for which the field has its own: delivered, missing, timeout."""

PLACES = ("layers", "functions", "producer", "consumer", "ops", "local", "bench", "examples", "events", "tests")
"""The folders of code; the documents are prose, and history may quote."""

SUFFIXES = {".py", ".toml", ".yaml", ".service", ".env", ".sh"}

USED_STILL = {
    "functions/dispatcher/intake/leases.py",
    "layers/comboio/comboio/ledger/dynamodb.py",
    "layers/comboio/comboio/ledger/ledger.py",
    "layers/comboio/comboio/ledger/memory.py",
    "layers/comboio/comboio/ledger/store.py",
    "local/demo/faults.py",
    "tests/simulation/test_redelivery.py",
    "tests/support/ledger_contract.py",
    "tests/unit/comboio/ledger/test_dynamodb.py",
    "tests/unit/comboio/ledger/test_ledger.py",
    "tests/unit/dispatcher/test_dispatch.py",
}
"""Files that have such a word today. May only shrink: take a file out when it is clean."""


def test_retired_words_stay_retired() -> None:
    """No file of code has a retired word, but those that are still to be cleaned."""
    found = {path.relative_to(ROOT).as_posix() for path in _files() if RETIRED.search(path.read_text())}
    assert found == USED_STILL, "USED_STILL lists the files with retired words. Take out what is clean; add nothing."


def test_a_word_within_a_word_is_another_word() -> None:
    """A word of today that contains a retired one is not taken for it."""
    assert not RETIRED.search("Docker, docking_area, impatience, relationship")
    for text in ("for so long", "a Dock", "self._patience", "TableInForce"):
        assert RETIRED.search(text)


def _files() -> Iterator[Path]:
    roots = [ROOT / "template.yaml", ROOT / "mapping.yaml", ROOT / "Makefile"]
    yield from roots
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*")):
            if path.suffix in SUFFIXES and path != Path(__file__) and "__pycache__" not in path.parts:
                yield path

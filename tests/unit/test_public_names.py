"""A constant without an underscore is for others: another file names it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_tree import ROOMS, ROOT, product

pytestmark = pytest.mark.xdist_group("source")  # all sources are read once

CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
WORD = re.compile(r"\b[A-Z][A-Z0-9_]*\b")

PLACES = (*ROOMS.values(), *(ROOT / name for name in ("bench", "docs", "examples", "tests")))
"""The folders in which a constant can be named: code, tests and their planted faults, documents."""

SUFFIXES = {".py", ".md", ".toml"}


def test_a_public_constant_is_named_in_another_file() -> None:
    """What only its own module uses begins with an underscore, and may be changed by reading that module alone."""
    named: dict[str, set[Path]] = {}
    for path in _files():
        for word in set(WORD.findall(path.read_text(encoding="utf-8"))):
            named.setdefault(word, set()).add(path)
    alone = {
        f"{file.module}.{name}"
        for file in product().files.values()
        for name in _names(file.tree)
        if named[name] == {file.path}
    }
    assert alone == set(), "name them in another file, or begin them with an underscore"


def test_every_constant_of_a_module_is_seen() -> None:
    """Both forms of an assignment are, and nothing that is private or inside a class."""
    text = "A = 1\nB: int = 2\n_C = 3\nd = 4\nclass E:\n    F = 5\nG = H = 6\n"
    assert list(_names(ast.parse(text))) == ["A", "B", "G", "H"]


def _names(module: ast.Module) -> Iterator[str]:
    for node in module.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and CONSTANT.fullmatch(target.id):
                yield target.id


def _files() -> Iterator[Path]:
    for place in PLACES:
        for path in place.rglob("*"):
            if path.suffix in SUFFIXES and "__pycache__" not in path.parts:
                yield path

"""What each test module keeps to: a sentence for all it says, and the folder that it belongs in."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.source_tree import ROOT, SourceFile, statements

pytestmark = pytest.mark.xdist_group("source")  # all sources are read once

STARTERS = {
    "subprocess",
    "multiprocessing",
    "http.server",
    "socketserver",
    "tests.support.web_server",
    "tests.support.hostile_server",
}
"""Modules that start processes and servers; what needs them is an integration test."""

STARTS_PROCESSES = {"tests/unit/docs/test_commands.py"}
"""Tests among the unit tests that start processes all the same: `make check` runs the ones of the docs."""


def test_each_module_says_what_it_is_about() -> None:
    """A reader learns from the first line of a test module what it holds the code to."""
    assert [file.name for file in _modules() if not file.docstring.split("\n")[0].endswith(".")] == []


def test_each_test_states_its_property() -> None:
    """Each test has a sentence that can be true or false."""
    silent = [
        f"{file.name}::{test.name}"
        for file in _modules()
        for test in _tests(file)
        if not (ast.get_docstring(test) or "").split("\n\n")[0].endswith((".", "?", "!"))
    ]
    assert silent == []


def test_a_unit_test_starts_nothing() -> None:
    """Unit tests and simulations run in their own process, without a server."""
    starting = {
        file.name
        for file in _modules()
        if file.path.relative_to(ROOT / "tests").parts[0] in ("unit", "simulation")
        and any(
            name == starter or name.startswith(f"{starter}.") for name in file.imported_names() for starter in STARTERS
        )
    }
    assert starting == STARTS_PROCESSES


def test_imports_are_absolute() -> None:
    """A test module can be read without knowing where it stands."""
    relative = [
        file.name
        for file in _modules()
        if any(isinstance(node, ast.ImportFrom) and node.level for node in statements(file.tree.body))
    ]
    assert relative == []


@cache
def _modules() -> tuple[SourceFile, ...]:
    paths = sorted((ROOT / "tests").rglob("test_*.py"))
    return tuple(SourceFile(".".join(path.relative_to(ROOT).with_suffix("").parts), path) for path in paths)


def _tests(file: SourceFile) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in statements(file.tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node

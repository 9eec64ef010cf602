"""What the workers of a parallel run share: byte code and Hypothesis's tables are made by one of them."""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import strategies as st

Part = TypeVar("Part")


def own_first(parts: Sequence[Part], environ: Mapping[str, str] = os.environ) -> list[Part]:
    """Return all parts, beginning where the worker's own begin; as they are where there is one worker."""
    worker, workers = environ.get("PYTEST_XDIST_WORKER", "gw0"), int(environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    first = len(parts) * int(worker.removeprefix("gw")) // workers
    return [*parts[first:], *parts[:first]]


def import_tests(places: Iterable[str], root: Path) -> None:
    """Import all test modules of these places before they are collected, those first that other workers import last.

    In a fresh checkout to compile them takes longer than all else until the first test runs: so each worker compiles
    its part, and reads the byte code of the others'. A module that fails leaves no trace, and collecting it says why.
    """
    files = sorted(path for place in places for path in Path(place).absolute().rglob("test_*.py"))
    for path in own_first(files):
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(path.relative_to(root).with_suffix("").parts))


def make_tables(environ: Mapping[str, str] = os.environ) -> None:
    """Let the first worker make the table of characters, some seconds of work; the others find it when they need it."""
    if environ.get("PYTEST_XDIST_WORKER") == "gw0":
        st.text().validate()

"""Which records may have been sent twice, as docs/guarantees.md allows it.

Those of invocations that never ended, that crashed on purpose, whose function died or was stopped, or during which a
call had no answer: whether it was carried out is not known.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from local.demo.proof.paths import Paths

Ranges = tuple[tuple[int, int], ...]
"""First and last offset of each range."""

_DIED = (
    "the function was stopped",
    "the function ended with Runtime.",
    "the function ended with status ",
    "the emulator ",
)
"""How an error in the journal begins where the emulator lost its function. An exception of the handler, which
is a defect, begins otherwise."""


def windows(lines_of: Iterable[Iterable[dict[str, Any]]], excused: set[str]) -> dict[str, Ranges]:
    """Return, by partition, the offsets of invocations that never ended, are `excused`, or whose function died."""
    found: dict[str, list[tuple[int, int]]] = {}
    for lines in lines_of:
        begun: dict[str, dict[str, list[int]]] = {}
        for line in lines:
            if "partitions" in line:
                begun[line["id"]] = line["partitions"]
            elif line["id"] not in excused and not (line["error"] or "").startswith(_DIED):
                begun.pop(line["id"], None)
        for partitions in begun.values():
            for name, (first, last) in partitions.items():
                found.setdefault(name, []).append((first, last))
    return {name: tuple(ranges) for name, ranges in found.items()}


def crash_windows(paths: Paths) -> dict[str, Ranges]:
    """Return the windows of a run, from its files."""
    noted = [path for path in (paths.crashes, paths.unanswered) if path.exists()]
    return windows(journals(paths), {line["id"] for path in noted for line in _lines(path)})


def journals(paths: Paths) -> list[list[dict[str, Any]]]:
    """Return the lines of each consumer's journal."""
    return [_lines(path) for path in sorted(paths.root.glob("invocations-*.jsonl"))]


def _lines(path: Path) -> list[dict[str, Any]]:
    whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]

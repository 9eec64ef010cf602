"""A deliberate breakage: a small change of the code that puts a fault in, and the tests that must see it."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "planted"
"""Where the breakages stand, one a file."""


class BreakageError(Exception):
    """A breakage does not fit the code of today."""


@dataclass(frozen=True, slots=True)
class Change:
    """A text of one file, and what is put in its place."""

    file: str
    """The path from the root of the repository."""
    was: str
    """The text as it is; it stands in the file exactly once."""
    broken: str

    def broken_text(self, text: str) -> str:
        """Return the file's text with the fault in it.

        Raises:
            BreakageError: the text as it is does not stand in the file exactly once.
        """
        if (times := text.count(self.was)) != 1:
            raise BreakageError(
                f"{self.file} has the text that is to be broken {times} times instead of once: {self.was!r}. "
                "The code has changed: write the breakage anew, so that it puts the same fault in."
            )
        return text.replace(self.was, self.broken)


@dataclass(frozen=True, slots=True)
class Breakage:
    """A fault as it is put in."""

    name: str
    row: str
    """The row of the faults that were found in the field (A1 to E3); empty for another fault."""
    fault: str
    """What goes wrong with it, as a sentence."""
    changes: tuple[Change, ...]
    tests: tuple[str, ...]
    """The tests that must be red, each by pytest's own name."""

    @classmethod
    def read(cls, path: Path) -> "Breakage":
        """Return the breakage that a file describes."""
        whole: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        changes = tuple(Change(**change) for change in whole["changes"])
        tests = tuple(f"tests/{test}" for test in whole["tests"])
        return cls(path.stem, whole.get("row", ""), whole["fault"], changes, tests)

    def broken_files(self, root: Path) -> dict[Path, str]:
        """Return the files that it changes, with their broken text.

        Raises:
            BreakageError: it does not fit the code of today.
        """
        broken: dict[Path, str] = {}
        for change in self.changes:
            path = root / change.file
            try:
                text = broken.get(path) or path.read_text(encoding="utf-8")
                broken[path] = change.broken_text(text)
            except FileNotFoundError:
                raise BreakageError(f"{self.name}: there is no file {change.file}") from None
            except BreakageError as error:
                raise BreakageError(f"{self.name}: {error}") from None
        return broken


def planted(chosen: Iterable[str] = ()) -> list[Breakage]:
    """Return the breakages by name; of `chosen`, those whose row, or a part of whose name, is among them.

    Raises:
        BreakageError: nothing has a row or a name that was chosen.
    """
    every = [Breakage.read(path) for path in sorted(FOLDER.glob("*.toml"))]
    chosen = set(chosen)
    found = [each for each in every if not chosen or any(word == each.row or word in each.name for word in chosen)]
    if not found:
        raise BreakageError(f"No breakage has a row or a name like {' or '.join(sorted(chosen))}.")
    return found

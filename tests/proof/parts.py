"""The core: its parts, their modules and mutants, and the tests that hold them."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from tests.proof.mutants import Mutant, mutants
from tests.proof.tree import IMPORT_PATHS, ROOT

PARTS = Path(__file__).parent / "mutation.toml"
SURVIVORS = Path(__file__).parent / "survivors.toml"

Name = tuple[str, str, str]
"""What tells a mutant from the others whatever else is changed: its file, its function and its change."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the core."""

    name: str
    modules: Sequence[str]
    tests: Sequence[str]
    thorough: Sequence[str]
    """Tests for what survives the others."""


def parts() -> list[Part]:
    """Return the parts of the core."""
    return [Part(**part) for part in tomllib.loads(PARTS.read_text(encoding="utf-8"))["parts"]]


def justified() -> dict[Name, str]:
    """Return the mutants that may survive, with the reason of each."""
    found = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get("survivors", [])
    return {(each["file"], each["function"], each["change"]): each["reason"] for each in found}


def mutants_of(file: str) -> list[Mutant]:
    """Return the mutants of a module."""
    return list(mutants((ROOT / file).read_text(encoding="utf-8")))


def name_of(file: str, mutant: Mutant) -> Name:
    """Return what tells a mutant from the others."""
    return file, mutant.function, mutant.change


def sampled(name: Name, share: int) -> bool:
    """Return whether a mutant is among `share` percent of all: the same ones each time."""
    return crc32(" ".join(name).encode()) % 100 < share


def module_of(file: str) -> str:
    """Return the import name of a file."""
    place = next(path for path in (*IMPORT_PATHS[1:], IMPORT_PATHS[0]) if file.startswith(f"{path}/") or path == ".")
    return ".".join(Path(file).relative_to(place).with_suffix("").parts)


def own_tests(file: str) -> Sequence[str]:
    """Return the test modules that mirror a module, which know most of it; none where there are none."""
    package, _, name = module_of(file).rpartition(".")
    folder = ROOT / "tests" / "unit" / package.replace(".", "/")
    found = [folder / f"test_{name}.py", *sorted(folder.glob(f"test_{name}_*.py"))]
    return [str(mirror.relative_to(ROOT / "tests")) for mirror in found if mirror.exists()]

"""The product's source files, their modules, and what each of them imports."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ROOMS: Mapping[str, Path] = {
    "comboio": ROOT / "layers/comboio/comboio",
    "dispatcher": ROOT / "functions/dispatcher",
    "dlq_replayer": ROOT / "functions/dlq_replayer",
    "producer": ROOT / "producer",
    "consumer": ROOT / "consumer",
    "ops": ROOT / "ops",
    "charts": ROOT / "charts",
    "plan": ROOT / "plan",
    "local": ROOT / "local",
}
"""The packages of the product by import name. Benchmarks, examples and tests are not among them."""


@dataclass(frozen=True)
class SourceFile:
    """One Python file, read but never imported."""

    module: str
    """Its dotted import name; a package's `__init__.py` has the package's."""
    path: Path

    @property
    def name(self) -> str:
        """The path as people write it, from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def room(self) -> str:
        """The package that the file is shipped in."""
        return self.module.partition(".")[0]

    @property
    def is_package(self) -> bool:
        """Whether this is the `__init__.py` of a folder."""
        return self.path.name == "__init__.py"

    @property
    def package(self) -> str:
        """The dotted name of the folder that the file is in."""
        return self.module if self.is_package else self.module.rpartition(".")[0]

    @property
    def docstring(self) -> str:
        """The docstring of the module, or nothing."""
        return ast.get_docstring(self.tree) or ""

    @cached_property
    def text(self) -> str:
        """The source code."""
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source code."""
        return ast.parse(self.text, filename=str(self.path))

    def classes(self) -> Iterator[str]:
        """Yield the name of each class, nested ones included."""
        return (node.name for node in statements(self.tree.body) if isinstance(node, ast.ClassDef))

    def imported_names(self) -> Iterator[str]:
        """Yield each dotted name that is imported, wherever in the file: in functions and under TYPE_CHECKING too.

        `from a import b` yields `a.b`: only who knows the modules can tell whether `b` is one.
        """
        for node in statements(self.tree.body):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = self._absolute(node)
                yield from (f"{source}.{alias.name}" for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.module.split(".") if self.is_package else self.module.split(".")[:-1]
        parents = package[: len(package) - node.level + 1]
        return ".".join([*parents, *([node.module] if node.module else [])])


def statements(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield each statement, those within others too. Expressions, most of a tree, are not looked through."""
    for node in body:
        yield node
        for inner in ("body", "handlers", "orelse", "finalbody", "cases"):
            yield from statements(getattr(node, inner, ()))


@cache
def product() -> "SourceTree":
    """Return all product files, read once for each process of the tests."""
    return SourceTree()


class SourceTree:
    """All product files, and the imports between them."""

    def __init__(self, rooms: Mapping[str, Path] = ROOMS) -> None:
        """Read the rooms: a folder of Python files by its import name."""
        self.rooms = frozenset(rooms)
        self.files = {file.module: file for room, folder in rooms.items() for file in _files(room, folder)}
        self.imports = {module: frozenset(self._imports(file)) for module, file in self.files.items()}

    def _imports(self, file: SourceFile) -> Iterator[str]:
        for name in file.imported_names():
            while name:
                if name in self.files:
                    if name != file.module:
                        yield name
                    break
                name = name.rpartition(".")[0]

    def folders(self) -> Mapping[Path, list[SourceFile]]:
        """Return the files of each folder, `__init__.py` among them."""
        folders: dict[Path, list[SourceFile]] = {}
        for file in self.files.values():
            folders.setdefault(file.path.parent, []).append(file)
        return folders


def _files(room: str, folder: Path) -> Iterator[SourceFile]:
    for path in sorted(folder.rglob("*.py")):
        parts = [room, *path.relative_to(folder).with_suffix("").parts]
        yield SourceFile(".".join(parts).removesuffix(".__init__"), path)

"""The layering of the product: who may import whom, and how large a folder and a name may grow."""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.support.source_tree import ROOMS, ROOT, SourceTree, product

pytestmark = pytest.mark.xdist_group("source")  # all sources are read once

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "comboio": frozenset(),
    "dispatcher": frozenset({"comboio"}),
    "dlq_replayer": frozenset({"comboio"}),
    "producer": frozenset({"comboio"}),
    "consumer": frozenset({"comboio"}),
    "ops": frozenset({"comboio", "dispatcher", "dlq_replayer", "producer", "consumer", "local"}),
    "charts": frozenset(),
    "plan": frozenset({"comboio", "producer", "charts"}),
    "local": frozenset({"comboio", "dispatcher", "dlq_replayer", "producer", "consumer", "charts"}),
}
"""The other rooms that a room may import. Nobody has `ops` or `plan`: they hold commands for people."""

LENT: Mapping[str, frozenset[str]] = {
    "local.account": frozenset({"plan.cost", "plan.prices"}),
}
"""Folders of a room that one folder of another may import, which has no need of the room: what a run costs."""

MAY_IMPORT_INSIDE: Mapping[str, frozenset[str]] = {
    "comboio.contract": frozenset({"comboio"}),
    "comboio.aws": frozenset({"comboio"}),
    "dispatcher.destinations": frozenset({"dispatcher", "dispatcher.destinations.payload"}),
}
"""The folders of its own room that a folder may import, where the rule is narrower than "no circle".

`contract` is what two deployables agree on, so it stands on nothing but the errors. `destinations` knows nothing of the
send loop that calls it.
"""

MOST_FILES = 16
"""Most modules of a folder, `__init__.py` aside: more than a screen is no longer read."""

LARGER_FOLDERS: Mapping[str, int] = {}
"""Folders above the limit, with their size. May only shrink."""

MOST_DEFINITIONS = 2
"""Most classes of one name in the product."""

COMMON_CLASSES: Mapping[str, int] = {}
"""Class names above the limit, with the number of their definitions. May only shrink."""


@pytest.fixture(scope="module")
def tree() -> SourceTree:
    return product()


def test_every_room_is_walked() -> None:
    """A new folder of product code beside the known ones must be given its place in the layering."""
    places = (ROOT, ROOT / "functions", ROOT / "layers/comboio")
    packages = {package.parent for place in places for package in place.glob("*/__init__.py")}
    assert packages - {ROOT / name for name in ("bench", "examples", "tests")} == set(ROOMS.values())


def test_a_room_imports_only_the_rooms_below_it(tree: SourceTree) -> None:
    """Imports between rooms run one way, in functions and under TYPE_CHECKING too."""
    assert tree.rooms == MAY_IMPORT.keys()
    wrong = [
        f"{tree.files[module].name} imports {target}"
        for module, targets in tree.imports.items()
        for target in sorted(targets)
        if (room := tree.files[target].room) != tree.files[module].room
        and room not in MAY_IMPORT[tree.files[module].room]
        and tree.files[target].package not in LENT.get(tree.files[module].package, frozenset())
    ]
    assert wrong == []


def test_a_folder_imports_only_the_folders_below_it(tree: SourceTree) -> None:
    """The contract stands on nothing, and the destinations do not know who sends."""
    folders = _folder_imports(tree)
    assert folders.keys() >= MAY_IMPORT_INSIDE.keys()
    wrong = {
        folder: sorted(inside - allowed)
        for folder, allowed in MAY_IMPORT_INSIDE.items()
        if (inside := {target for target in folders[folder] if _room(target) == _room(folder)}) - allowed
    }
    assert wrong == {}


def test_the_layer_needs_no_kafka_client(tree: SourceTree) -> None:
    """`comboio` and the dispatcher import no Kafka client, which is not in their layer, but in one function that a
    table with a topic calls. What services on a host have in common, no function imports."""
    importers = [
        file.name
        for file in tree.files.values()
        if file.room in ("comboio", "dispatcher")
        and file.package != "comboio.host"
        and any(name.partition(".")[0] == "confluent_kafka" for name in file.imported_names())
    ]
    assert importers == ["functions/dispatcher/destinations/kafka/client.py"]
    body = next(file.tree.body for file in tree.files.values() if file.name == importers[0])
    at_once = [ast.dump(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [each for each in at_once if "confluent_kafka" in each]
    on_hosts = {module for module, file in tree.files.items() if file.package == "comboio.host"}
    functions = [module for module, file in tree.files.items() if file.room in ("dispatcher", "dlq_replayer")]
    assert not [module for module in functions if tree.imports[module] & on_hosts]


def test_modules_do_not_import_each_other_in_a_circle(tree: SourceTree) -> None:
    """Each module can be read after those that it imports."""
    assert _circles(tree.imports) == []


def test_folders_do_not_import_each_other_in_a_circle(tree: SourceTree) -> None:
    """The folders of a room have an order; the room's own files stand above and below them."""
    between = {
        folder: {target for target in targets if target not in tree.rooms}
        for folder, targets in _folder_imports(tree).items()
        if folder not in tree.rooms
    }
    assert _circles(between) == []


def test_a_folder_can_be_read_at_a_glance(tree: SourceTree) -> None:
    """No folder has more modules than a reader takes in, and those that have may only shrink."""
    sizes = {
        folder.relative_to(ROOT).as_posix(): sum(not file.is_package for file in files)
        for folder, files in tree.folders().items()
    }
    large = {folder: size for folder, size in sizes.items() if size > MOST_FILES}
    assert large == LARGER_FOLDERS, _advice("LARGER_FOLDERS")


def test_a_class_name_means_one_thing(tree: SourceTree) -> None:
    """No class name is defined in more than two places, and those that are may only become fewer."""
    definitions = Counter(name for file in tree.files.values() for name in file.classes())
    common = {name: count for name, count in definitions.items() if count > MOST_DEFINITIONS}
    assert common == COMMON_CLASSES, _advice("COMMON_CLASSES")


def test_a_folder_says_what_it_holds(tree: SourceTree) -> None:
    """Each folder is a package whose docstring begins with one whole sentence on one line."""
    silent = []
    for folder, files in tree.folders().items():
        package = next((file for file in files if file.is_package), None)
        docstring = (package.docstring if package else "").split("\n\n")[0]
        if not docstring.endswith(".") or "\n" in docstring:
            silent.append(str(folder))
    assert silent == []


@pytest.mark.parametrize(
    "line",
    [
        "import upper.door",
        "from upper import door",
        "from upper.door import open_it",
        "def later():\n    from upper.door import open_it",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from upper.door import open_it",
        "try:\n    import upper.door as door\nexcept ImportError:\n    pass",
    ],
)
def test_no_form_of_import_escapes(tmp_path: Path, line: str) -> None:
    """Each way to write an import between rooms is seen."""
    tree = _tree(tmp_path, {"lower/floor.py": line, "upper/door.py": "def open_it(): ..."})
    assert tree.imports["lower.floor"] == {"upper.door"}


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("room/inner/a.py", "from ..b import x"),
        ("room/inner/a.py", "from .. import b"),
        ("room/inner/__init__.py", "from ..b import x"),
        ("room/a.py", "from .b import x"),
        ("room/__init__.py", "from . import b"),
    ],
)
def test_a_relative_import_is_resolved(tmp_path: Path, file: str, line: str) -> None:
    """A relative import counts as the absolute one that it stands for."""
    tree = _tree(tmp_path, {file: line, "room/b.py": "x = 1"})
    module = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    assert "room.b" in tree.imports[module]


def test_a_circle_is_found_and_a_chain_is_not() -> None:
    """Modules in a circle are named together, those that only lead to it are not."""
    assert _circles({"a": ["b"], "b": ["c"], "c": ["b"], "d": []}) == [["b", "c"]]
    assert _circles({"a": ["b", "c"], "b": ["c"], "c": []}) == []


def _tree(folder: Path, files: Mapping[str, str]) -> SourceTree:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return SourceTree({path.name: path for path in folder.iterdir()})


def _room(module: str) -> str:
    return module.partition(".")[0]


def _folder_imports(tree: SourceTree) -> dict[str, set[str]]:
    """Return the other folders that each folder imports; a folder is named as its package is."""
    folders: dict[str, set[str]] = {tree.files[module].package: set() for module in tree.files}
    for module, targets in tree.imports.items():
        folder = tree.files[module].package
        folders[folder] |= {tree.files[target].package for target in targets} - {folder}
    return folders


def _circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the groups of nodes that reach each other."""
    reach = {node: _reachable(graph, node) for node in graph}
    groups = {
        tuple(sorted(other for other in reach[node] if node in reach[other])) for node in graph if node in reach[node]
    }
    return sorted(map(list, groups))


def _reachable(graph: Mapping[str, Iterable[str]], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        node = ahead.pop()
        if node not in seen:
            seen.add(node)
            ahead.extend(graph[node])
    return seen


def _advice(name: str) -> str:
    return f"{name} lists what is above the limit today. When something left it, take it out; add nothing."

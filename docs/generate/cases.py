"""How many cases each test of a file comes to: counted from its source where that says it, and by pytest elsewhere.

To collect a file pytest imports it and all that it is about, which takes longer than all other pages together. Most
tests have no parameters, or write them out.
"""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from math import prod
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef

ONE_CASE = frozenset({"given", "settings", "example"})
"""Decorators of Hypothesis: a property is one case, and tries many examples."""

COMMAND = (*("-m", "pytest", "--collect-only", "-q"), *("-o", "addopts=--import-mode=importlib"))
"""Collects, and prints a line for each case; Hypothesis's plugin would read each module for constants."""


def count_cases(tests: Collection[tuple[str, str]], root: Path) -> Counter[tuple[str, str]]:
    """Return how many cases each test function comes to, by its file and name."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in (root / "tests").rglob("*.py")}
    varied = _varied_fixtures(trees.values())
    silent = {path for path, tree in trees.items() if _is_silent(tree, varied)}
    for_all = any(path.name == "conftest.py" for path in silent)
    counted: Counter[tuple[str, str]] = Counter()
    unsaid = []
    for file in sorted({file for file, _ in tests}):
        names = {name for of, name in tests if of == file}
        try:
            if for_all or root / file in silent:
                raise _UnsaidError
            written = list(_written(trees[root / file], names, varied))
        except _UnsaidError:
            unsaid.append(file)
        else:
            for name, cases in written:
                counted[file, name] += cases
    return counted + (_collected(unsaid, root) if unsaid else Counter())


class _UnsaidError(Exception):
    """The source alone does not say how many cases there are."""


def _fixtures(tree: ast.Module) -> Iterator[tuple[Function, ast.expr]]:
    """Yield the fixtures of a file, each with its decorator."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            for mark in node.decorator_list:
                if ast.unparse(mark).startswith(("pytest.fixture", "fixture")):
                    yield node, mark


def _varied_fixtures(trees: Iterable[ast.Module]) -> AbstractSet[str]:
    """Return the fixtures of all files that come in several forms, and those that use one of them."""
    fixtures = [each for tree in trees for each in _fixtures(tree)]
    varied = {node.name for node, mark in fixtures if _has(mark, "params")}
    while more := {node.name for node, _ in fixtures if _arguments(node) & varied} - varied:
        varied |= more
    return varied


def _is_silent(tree: ast.Module, varied: AbstractSet[str]) -> bool:
    """Whether tests get parameters that they do not name."""
    return any(isinstance(node, Function) and node.name == "pytest_generate_tests" for node in tree.body) or any(
        node.name in varied and _has(mark, "autouse") for node, mark in _fixtures(tree)
    )


def _written(tree: ast.Module, names: AbstractSet[str], varied: AbstractSet[str]) -> Iterator[tuple[str, int]]:
    if "parametrize" in "".join(ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)):
        raise _UnsaidError
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            if node.bases:
                raise _UnsaidError
            for method in node.body:
                if isinstance(method, Function) and method.name in names:
                    yield method.name, _of_marks(node.decorator_list) * _of_function(method, varied)
        elif isinstance(node, Function) and node.name in names:
            yield node.name, _of_function(node, varied)


def _of_function(node: Function, varied: AbstractSet[str]) -> int:
    if _arguments(node) & varied:
        raise _UnsaidError
    return _of_marks(node.decorator_list)


def _of_marks(marks: Iterable[ast.expr]) -> int:
    return prod(map(_of_mark, marks))


def _of_mark(mark: ast.expr) -> int:
    match mark:
        case ast.Call(func=ast.Name(id=name)) if name in ONE_CASE:
            return 1
        case ast.Call(func=ast.Attribute(attr="parametrize"), args=[_, ast.List(elts=each) | ast.Tuple(elts=each)]):
            if not any(isinstance(one, ast.Starred) for one in each):
                return len(each)
        case ast.Call(func=ast.Attribute(value=of, attr=name)) if ast.unparse(of) == "pytest.mark":
            if name not in {"parametrize", "usefixtures"}:
                return 1
    raise _UnsaidError


def _arguments(node: Function) -> AbstractSet[str]:
    return {each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}


def _has(mark: ast.expr, keyword: str) -> bool:
    return isinstance(mark, ast.Call) and any(each.arg == keyword for each in mark.keywords)


def _collected(files: Collection[str], root: Path) -> Counter[tuple[str, str]]:
    command = [sys.executable, *COMMAND, "-p", "no:hypothesispytest", "-p", "no:xdist", *files]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603 - our own tests
    if done.returncode != 0:
        raise SystemExit(f"pytest could not collect the tests:\n{done.stdout}{done.stderr}")
    counted: Counter[tuple[str, str]] = Counter()
    for line in done.stdout.splitlines():
        file, found, name = line.partition("::")
        if found:
            counted[file, name.partition("[")[0].rpartition("::")[2]] += 1
    return counted

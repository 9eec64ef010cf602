"""Mutants of a module: the same code with one small change, as a slip of the hand would make it."""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
"""Functions that are easily taken for each other."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a module."""

    line: int
    function: str
    """The function that it is in, with its class; empty outside of any."""
    change: str
    """The code before and after: an expression within its line, as `if «a < b»: -> a <= b`."""
    tree: Callable[[], ast.Module]
    """Makes the changed module."""


def mutants(source: str) -> Iterator[Mutant]:
    """Yield the mutants of a module's source.

    Left alone are docstrings, annotations, texts of errors, and the values of module constants: those are choices, each
    with its reason beside it, and another one would be right as well.
    """
    whole, lines = ast.parse(source), source.splitlines()
    for place, (node, function) in enumerate(_nodes(whole)):
        for number, change in enumerate(_changes(node)):
            after = change(copy.deepcopy(node))
            if after is None:
                continue
            said = f"{_marked(node, lines)} -> {_short(after)}"
            yield Mutant(getattr(node, "lineno", 0), function, said, partial(_changed, whole, place, number))


def _changed(whole: ast.Module, place: int, number: int) -> ast.Module:
    """Return a copy with one of the changes of one of its nodes."""
    tree = copy.deepcopy(whole)
    node, _ = next(islice(_nodes(tree), place, None))
    next(islice(_changes(node), number, None))(node)
    return tree


def _marked(node: ast.AST, lines: Sequence[str]) -> str:
    """Return an expression marked in its line, so that no other is taken for it; a statement by itself."""
    if not isinstance(node, ast.expr) or node.lineno != node.end_lineno:
        return _short(ast.unparse(node))
    line = lines[node.lineno - 1].encode()
    parts = line[: node.col_offset], line[node.col_offset : node.end_col_offset], line[node.end_col_offset :]
    before, expression, after = (part.decode() for part in parts)
    return f"{before.lstrip()}«{expression}»{after}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 90 else f"{line[:87]}..."


def _nodes(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the nodes that may be changed, in one order each time, with the function that they are in."""

    def inside(node: ast.AST, function: str) -> Iterator[tuple[ast.AST, str]]:
        if isinstance(node, ast.Raise) or _is_constant(node, function):
            return
        yield node, function
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            function = f"{function}.{node.name}" if function else node.name
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "bases", "type_comment"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not _is_docstring(child):
                    yield from inside(child, function)

    yield from inside(tree, "")


def _is_constant(node: ast.AST, function: str) -> bool:
    return isinstance(node, ast.Assign | ast.AnnAssign | ast.Import | ast.ImportFrom) and not function


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


Change = Callable[[ast.AST], str | None]
"""Makes a change in a node of a copy; returns the code that it then is."""


def _changes(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            if type(operator) in COMPARISONS:
                yield _comparison(number, COMPARISONS[type(operator)])
    elif isinstance(node, ast.BoolOp):
        yield _boolean
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
        yield _operator(OPERATORS[type(node.op)])
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _without_not
    elif isinstance(node, ast.Constant) and type(node.value) in (int, bool):
        yield _constant
    elif isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, ast.Compare):
        yield _condition
    elif isinstance(node, ast.Continue | ast.Break):
        yield _jump
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield _call
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield _left_out
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield _nothing


def _comparison(number: int, other: type[ast.cmpop]) -> Change:
    def change(node: ast.AST) -> str | None:
        assert isinstance(node, ast.Compare)
        node.ops[number] = other()
        return ast.unparse(node)

    return change


def _operator(other: type[ast.operator]) -> Change:
    def change(node: ast.AST) -> str | None:
        assert isinstance(node, ast.BinOp | ast.AugAssign)
        node.op = other()
        return ast.unparse(node)

    return change


def _boolean(node: ast.AST) -> str | None:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    return ast.unparse(node)


def _without_not(node: ast.AST) -> str | None:
    assert isinstance(node, ast.UnaryOp)
    text = ast.unparse(node.operand)
    # `not not x` is `x` wherever only its truth counts
    node.operand = ast.UnaryOp(ast.Not(), node.operand)
    ast.fix_missing_locations(node)
    return text


def _constant(node: ast.AST) -> str | None:
    assert isinstance(node, ast.Constant)
    node.value = (not node.value) if isinstance(node.value, bool) else node.value + 1  # type: ignore[operator]  # an int
    return ast.unparse(node)


def _condition(node: ast.AST) -> str | None:
    assert isinstance(node, ast.If | ast.While | ast.IfExp)
    if isinstance(node, ast.While) and isinstance(node.test, ast.Constant):
        return None
    node.test = ast.UnaryOp(ast.Not(), node.test)
    ast.fix_missing_locations(node)
    return ast.unparse(node)


def _jump(node: ast.AST) -> str | None:
    other = "break" if isinstance(node, ast.Continue) else "continue"
    node.__class__ = ast.Break if other == "break" else ast.Continue
    return other


def _call(node: ast.AST) -> str | None:
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    node.func.id = CALLS[node.func.id]
    return ast.unparse(node)


def _left_out(node: ast.AST) -> str | None:
    assert isinstance(node, ast.Expr)
    node.value = ast.copy_location(ast.Constant(None), node.value)
    return "left out"


def _nothing(node: ast.AST) -> str | None:
    assert isinstance(node, ast.Return)
    node.value = ast.copy_location(ast.Constant(None), node)
    return "return None"

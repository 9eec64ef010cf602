"""A function in the dispatcher's process: what it gets, and what it may say of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comboio.contract.unpack import Message
from comboio.errors import InvalidDataError
from comboio.routing.table import RoutingError, load
from dispatcher.destinations import build
from dispatcher.destinations.python_function import PythonFunction, PythonOptions
from dispatcher.fault import Fault, FaultKind
from tests.support.aws_wire import Wire, entries
from tests.support.dispatcher import parcel, payload, route


def asked(handle: Callable[[list[Message]], Any], groups: int = 3) -> list[Fault | None]:
    """Return what becomes of some entries of one message each."""
    where = PythonFunction("a", "fleet:handle", handle, PythonOptions.model_validate({}))
    return where.send(entries(where, *([parcel(n, value=payload(300 + n))] for n in range(groups))))


def kinds(faults: list[Fault | None]) -> list[FaultKind | None]:
    """Return the kinds of some faults."""
    return [fault.kind if fault else None for fault in faults]


def test_the_function_gets_messages_as_any_receiver_does() -> None:
    """Each has its ids and its decoded payload, in order."""
    got: list[Message] = []
    assert asked(got.extend) == [None] * 3
    assert [each.message["codigo"] for each in got] == [300, 301, 302]
    assert got[0].id == parcel(0).record.id
    assert got[0].correlation_id == "c-0"


def test_what_it_raises_fails_the_call() -> None:
    """An exception is transient, and one that says that the data is invalid is for good."""
    assert kinds(asked(lambda messages: 1 / 0)) == [FaultKind.TRANSIENT] * 3

    def invalid(messages: list[Message]) -> None:
        raise InvalidDataError("SECRET")

    faults = asked(invalid)
    assert kinds(faults) == [FaultKind.PERMANENT] * 3
    assert faults[0] is not None
    assert "SECRET" not in faults[0].error
    assert "InvalidDataError, line" in faults[0].error


@pytest.mark.robustness("foreign code that does anything")
@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError, RecursionError])
def test_what_is_no_ordinary_exception_fails_the_call_too(error: type[BaseException]) -> None:
    """Whatever the function raises, the batch gets its answer."""

    def handle(messages: list[Message]) -> None:
        raise error

    assert kinds(asked(handle)) == [FaultKind.TRANSIENT] * 3


def test_single_messages_can_fail() -> None:
    """A list with exceptions, or the partial response of Lambda, fails those messages and no others."""
    named = asked(lambda messages: [None, InvalidDataError(), ValueError()])
    assert kinds(named) == [None, FaultKind.PERMANENT, FaultKind.TRANSIENT]
    partly = asked(lambda messages: {"batchItemFailures": [{"itemIdentifier": messages[1].id}]})
    assert kinds(partly) == [None, FaultKind.TRANSIENT, None]
    assert asked(lambda messages: {"batchItemFailures": []}) == [None] * 3


@pytest.mark.robustness("foreign code that does anything")
@pytest.mark.parametrize(
    "returned",
    [True, 7, "ok", [], [None], [None] * 4, [1, 2, 3], {}, {"batchItemFailures": 3}, {"batchItemFailures": [{}]},
     {"batchItemFailures": [{"itemIdentifier": "unknown"}]}],
)  # fmt: skip
def test_what_it_should_not_return_is_no_success(returned: object) -> None:
    """An answer that cannot be read proves nothing: all of the call is tried again."""
    assert kinds(asked(lambda messages: returned)) == [FaultKind.TRANSIENT] * 3


def test_a_pack_fails_as_a_whole_and_can_be_split() -> None:
    """One bad message of a pack is found by halving, as everywhere: its entry says permanent."""
    where = PythonFunction(
        "a", "fleet:handle", lambda messages: [InvalidDataError(), None, None], PythonOptions.model_validate({})
    )
    together = [parcel(n, route(pack=9), payload()) for n in range(2)]
    faults = where.send(entries(where, together, [parcel(2, value=payload())]))
    assert kinds(faults) == [FaultKind.PERMANENT, None]


def test_it_cannot_change_what_others_are_sent() -> None:
    """What the function does to its list and its messages is nobody else's."""

    def vandal(messages: list[Message]) -> None:
        messages[0].message.clear()
        messages.clear()

    assert asked(vandal) == [None] * 3


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("fleet", "package.module:function"),
        ("no.such.module:handle", "cannot be imported"),
        ("json:nothing", "cannot be imported"),
        ("json:__name__", "is not a function"),
        ("os.system('x'):y", "package.module:function"),
    ],
)
def test_a_target_that_is_no_function_stops_the_table(target: str, says: str) -> None:
    """The error names the destination and the remedy."""
    text = f'version = 2\n[destinations.a]\ntype = "python"\ntarget = "{target}"\n[default]\nto = ["a"]\n'
    with pytest.raises(RoutingError, match=rf"destinations\.a: target: .*{says}"):
        build(load(text, {}), Wire().clients)


@pytest.mark.robustness("foreign code that does anything")
@pytest.mark.parametrize("text", ["raise SystemExit(0)", "raise KeyboardInterrupt", "1 / 0"])
def test_a_module_that_raises_stops_the_table_alone(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it raises when it is imported: a running function keeps its table, and does not end each minute."""
    (tmp_path / "leaves_at_once.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    table = 'version = 2\n[destinations.a]\ntype = "python"\ntarget = "leaves_at_once:f"\n[default]\nto = ["a"]\n'
    with pytest.raises(RoutingError, match=r"destinations\.a: target: .*cannot be imported"):
        build(load(table, {}), Wire().clients)

"""Whatever a handler does, its batch fails or succeeds, the invoker lives, and the next event is whole."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from consumer.event import event
from consumer.invoke import response
from consumer.invoke.in_process import InProcess, load_handler
from consumer.invoke.invoke import DESCRIPTION_CHARACTERS, InvocationError, UnknownFunctionError, describe
from consumer.invoke.invoker_thread import InvocationResult, InvokerThreads
from tests.support.kafka_records import SOURCE, record

BATCH = [record("t-0", 1)._replace(key=b"k", value=b"v", headers=[("h", b"\xff")]), record("t-0", 2)]


class GeventLike(BaseException):
    """What gevent's Timeout is: no Exception."""


class UnspeakableError(Exception):
    """An error whose text cannot be read."""

    def __str__(self) -> str:
        raise KeyboardInterrupt


class OddType(type):
    """A metaclass whose classes have no name."""

    @property
    def __name__(cls) -> str:  # type: ignore[override]  # as odd as foreign code may be
        raise GeneratorExit


class NamelessError(Exception, metaclass=OddType):
    """An error whose type cannot be named."""


class Incomparable(dict):  # type: ignore[type-arg]  # whatever a library returns
    """A dict that can neither be compared nor read."""

    def __eq__(self, other: object) -> bool:
        raise SystemExit(3)

    __hash__ = None

    def items(self) -> Any:
        raise KeyboardInterrupt

    def __iter__(self) -> Any:
        raise GeneratorExit

    def get(self, *_: Any) -> Any:
        raise GeventLike


def _recurse() -> None:
    _recurse()


def _nested(depth: int) -> Any:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def _generator() -> Any:
    yield {}


def _circle() -> Any:
    found: list[Any] = []
    found.append(found)
    return found


async def _coroutine() -> dict[str, Any]:
    return {}


RAISES: dict[str, Callable[[], Any]] = {
    "exception": lambda: 1 / 0,
    "system exit": lambda: sys.exit(0),
    "memory": lambda: (_ for _ in ()).throw(MemoryError()),
    "recursion": _recurse,
    "signal handler": lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
}
ERRORS = [
    asyncio.CancelledError("a task was cancelled"),
    KeyboardInterrupt(),
    GeneratorExit(),
    SystemExit(3),
    GeventLike("10 s"),
    UnspeakableError(),
    NamelessError(),
    InvocationError("the handler's own", reached=False),
    StopIteration(),
    BaseExceptionGroup("several", [KeyboardInterrupt()]),
]
ANSWERS: dict[str, Callable[[], Any]] = {
    "incomparable": lambda: Incomparable(a=1),
    "failures that are incomparable": lambda: {"batchItemFailures": Incomparable(a=1)},
    "items that are incomparable": lambda: {"batchItemFailures": [Incomparable(a=1)]},
    "object": object,
    "exception": lambda: ValueError,
    "bytes": lambda: b"{}",
    "set": lambda: {1},
    "generator": _generator,
    "coroutine": _coroutine,
    "nested": lambda: _nested(100_000),
    "circle": _circle,
    "keys": lambda: {(1, 2): 3},
    "large": lambda: "x" * (6 * 1024 * 1024 + 1),
    "number": lambda: 10**5000,
}


def call(action: Callable[[], Any]) -> InvocationResult:
    """Return what a handler comes to that does this, in an invoker thread that lives on."""
    threads = InvokerThreads()
    invoker = InProcess(lambda event, context: action(), "f", 128, 1)
    threads.submit(1, lambda: invoker.invoke(event(BATCH, SOURCE), "id"))
    found = threads.result(20)
    assert found is not None
    assert threads.alive
    threads.submit(2, lambda: "still there")
    after = threads.result(20)
    assert after is not None
    assert after.answer == "still there"
    threads.stop()
    return found


def throw(error: BaseException) -> Any:
    """Raise the error."""
    raise error


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type.__repr__(type(error)))
def test_whatever_is_raised_fails_the_batch(error: BaseException) -> None:
    """Each is a failed invocation that reached the function, as in Lambda, and the thread invokes on."""
    found = call(lambda: throw(error))
    assert found.error is not None
    assert found.error.reached


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
@pytest.mark.parametrize("action", RAISES.values(), ids=RAISES)
def test_whatever_it_calls_fails_the_batch(action: Callable[[], Any]) -> None:
    """Neither the process nor its signals change hands."""
    before = signal.getsignal(signal.SIGTERM)
    assert call(action).error is not None
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_what_json_cannot_say_fails_the_batch(answer: Callable[[], Any]) -> None:
    """Lambda's runtime cannot write such an answer either."""
    assert call(answer).error is not None


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_an_answer_is_what_json_makes_of_it() -> None:
    """A tuple is a list, a Decimal a number, and a subclass of a dict that reads well a plain one."""
    found = call(lambda: {"batchItemFailures": ({"itemIdentifier": {"partition": "t-0", "offset": Decimal(1)}},)})
    assert found.answer == {"batchItemFailures": [{"itemIdentifier": {"partition": "t-0", "offset": 1.0}}]}
    assert response.read(found.answer, BATCH).failed == BATCH


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_a_retry_gets_the_event_that_the_first_attempt_got() -> None:
    """A handler may decode in place, empty lists and delete keys: the next attempt sees what Kafka had."""
    seen: list[str] = []

    def handler(given: dict[str, Any], context: Any) -> None:
        seen.append(repr(given))
        for bodies in given["records"].values():
            for body in bodies:
                for header in body["headers"]:
                    header["h"].clear()
                body["value"] = object()
            bodies.clear()
        given.clear()
        context.aws_request_id = None
        raise ValueError

    invoker = InProcess(handler, "f", 128, 1)
    for _ in range(2):
        with pytest.raises(InvocationError):
            invoker.invoke(event(BATCH, SOURCE), "id")
    assert seen[0] == seen[1]


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_a_thread_that_the_function_ends_from_outside_is_noticed() -> None:
    """The pool says that it is not alive, and `result` does not wait for what cannot come."""
    threads = InvokerThreads(2)
    for number in range(2):
        threads.submit(number, lambda: None)
    assert [threads.result(20) is not None for _ in range(2)] == [True, True]
    assert threads.alive
    threads.stop()
    deadline = time.monotonic() + 10
    while threads.alive:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert threads.result(60) is None


def test_a_thread_starts_with_the_first_call_that_none_is_free_for() -> None:
    """Calls that follow one another need one thread, whatever the most is; those at a time run at a time, up to it."""
    threads, used = InvokerThreads(3), set[int]()
    for number in range(5):
        threads.submit(number, lambda: used.add(threading.get_ident()))
        assert threads.result(20) is not None
    assert len(used) == 1
    together = threading.Barrier(3)

    def call(number: int) -> None:
        used.add(threading.get_ident())
        if number < 3:
            together.wait(20)

    for number in range(7):
        threads.submit(number, partial(call, number))
    found = [threads.result(20) for _ in range(7)]
    assert {each.number for each in found if each is not None and each.error is None} == set(range(7))
    assert len(used) == 3
    threads.stop()


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_errors_are_described_in_one_short_line() -> None:
    """An error's text can be a whole batch, and its lines would be taken for log entries of their own."""
    assert describe(ValueError("a\nb\x1b[31m")) == "ValueError: a b [31m"
    assert len(describe(ValueError("x" * 10**6))) <= DESCRIPTION_CHARACTERS
    assert describe(UnspeakableError()) == describe(NamelessError()) == "an error that raises when it is described"


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
@pytest.mark.parametrize("text", ["raise SystemExit(0)", "raise KeyboardInterrupt", "1 / 0", "import no_such_thing"])
def test_a_module_that_cannot_be_imported_is_one_clear_error(
    text: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a module that exits with status 0 ends the process as if all were well."""
    name = f"foreign_{abs(hash(text))}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "code.py").write_text(text)
    monkeypatch.syspath_prepend(os.fspath(tmp_path))
    with pytest.raises(UnknownFunctionError, match="CONSUMER_FUNCTION"):
        load_handler(f"{name}.code:handler")

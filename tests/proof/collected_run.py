"""Runs tests that were collected once with one mutant after the other, each in a process of its own.

To import the product and to collect the tests takes longer than most tests. So a host process does that once; for each
mutant it forks, puts the changed function's code in its place, and runs the tests until one fails: first the one that
failed last, which often sees the next mutant too, then the others, the shortest first. A change outside of functions,
as of a field's default, is no function's code: such mutants are left to `fork_run`.
"""

import ast
import gc
import inspect
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from tests.proof.fork_run import OPTIONS, POLL_S, Outcome, Verdict, bounded, quiet, verdict, warm

SOUND = -1
"""The number of the run without a mutant."""

FAILED = 100
"""The exit status of a child whose first test failed; the next one's is one more, and so on to 255."""

Place = tuple[str, int]
"""A function's name with its classes, and its first line."""


def outcomes(
    file: Path,
    trees: Mapping[int, Callable[[], ast.Module]],
    tests: Sequence[str],
    examples: int,
    longest_s: Callable[[float], int],
    at_once: int,
) -> Iterator[Outcome]:
    """Yield the outcome of the sound code, as number SOUND, and if that is green those of the mutants it can make.

    Args:
        file: the module that they are of.
        trees: makes the changed modules, by number.
        tests: paths.
        examples: percent of the examples of each property.
        longest_s: the seconds of the processor that a mutant may use, by those that the sound code uses.
        at_once: how many run side by side.
    """
    warm()
    reading, writing = os.pipe()
    if not (host := os.fork()):
        try:
            os.close(reading)
            quiet()
            os.environ["EXAMPLES"] = str(examples)
            plugin = _Host(file, trees, longest_s, at_once, writing)
            pytest.main([*OPTIONS, "-s", *tests], plugins=[plugin])
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as said:
        for line in said:
            number, word, seconds = json.loads(line)
            yield Outcome(number, Verdict(word), seconds)
    os.waitpid(host, 0)


class _Host:
    """A plugin of pytest that runs the collected tests many times."""

    def __init__(
        self,
        file: Path,
        trees: Mapping[int, Callable[[], ast.Module]],
        longest_s: Callable[[float], int],
        at_once: int,
        writing: int,
    ) -> None:
        self._file = file
        self._trees = trees
        self._longest_s = longest_s
        self._at_once = at_once
        self._writing = writing

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them without a mutant, then with each."""
        if session.testsfailed or not session.items:
            return True
        self._items = list(session.items)
        living = living_functions(self._file)
        sound = functions(compile(self._file.read_bytes(), str(self._file), "exec", dont_inherit=True))
        gc.collect()
        gc.freeze()
        reading, self._timing = os.pipe()
        measured = self._all(session, iter([(SOUND, {})]), 900)
        os.close(self._timing)
        with os.fdopen(reading, encoding="utf-8") as said:
            took = json.loads(said.read() or "[]")
        if measured.verdict is not Verdict.GREEN:
            return True
        self._items.sort(key=dict(zip(self._items, took, strict=True)).__getitem__)
        self._all(session, self._changes(sound, living), self._longest_s(measured.seconds))
        return True

    def _changes(
        self, sound: Mapping[Place, CodeType], living: Mapping[Place, list[FunctionType]]
    ) -> Iterator[tuple[int, dict[Place, CodeType]]]:
        """Yield the mutants whose change is in functions that there are."""
        for number, tree in self._trees.items():
            code = functions(compile(tree(), str(self._file), "exec", dont_inherit=True))
            changed = {place: each for place, each in code.items() if each != sound.get(place)}
            if changed and all(_fits(each, living.get(place, [])) for place, each in changed.items()):
                self._places = living
                yield number, changed

    def _all(
        self, session: pytest.Session, jobs: Iterator[tuple[int, dict[Place, CodeType]]], longest_s: int
    ) -> Outcome:
        """Run the tests for each job; return the last outcome."""
        running: dict[int, tuple[int, list[pytest.Item]]] = {}
        last = Outcome(SOUND, Verdict.RED, 0.0)
        more = True
        while more or running:
            while more and len(running) < self._at_once:
                if (job := next(jobs, None)) is None:
                    more = False
                    break
                running[self._start(session, *job, longest_s)] = job[0], list(self._items)
            for child, (number, items) in list(running.items()):
                ended, waited, used = os.wait4(child, os.WNOHANG)
                if ended:
                    del running[child]
                    status, seconds = os.waitstatus_to_exitcode(waited), used.ru_utime + used.ru_stime
                    last = Outcome(number, verdict(status, seconds, longest_s), seconds)
                    if status >= FAILED:
                        self._first(items[min(status - FAILED, len(items) - 1)])
                    os.write(self._writing, f"{json.dumps([number, last.verdict.value, seconds])}\n".encode())
            time.sleep(POLL_S)
        return last

    def _first(self, item: pytest.Item) -> None:
        """Let a test be the first from now on."""
        self._items.remove(item)
        self._items.insert(0, item)

    def _start(self, session: pytest.Session, number: int, changed: Mapping[Place, CodeType], longest_s: int) -> int:
        """Fork, and return the child's process id; the child never returns."""
        if child := os.fork():
            return child
        status = 70
        try:
            bounded(longest_s)
            for where, code in changed.items():
                for function in self._places[where]:
                    function.__code__ = code
            status, took = 0, []
            for place, (item, following) in enumerate(zip(self._items, [*self._items[1:], None], strict=True)):
                began = time.process_time()
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                took.append(round(time.process_time() - began, 4))
                if session.testsfailed:
                    status = min(FAILED + place, 255)
                    break
            if number == SOUND:
                with os.fdopen(self._timing, "w", encoding="utf-8") as saying:
                    json.dump(took, saying)
        finally:
            os._exit(status)


def functions(module: CodeType) -> dict[Place, CodeType]:
    """Return the code of a module's functions and methods, without those within functions."""
    found: dict[Place, CodeType] = {}
    for constant in module.co_consts:
        if not isinstance(constant, CodeType):
            continue
        if constant.co_flags & inspect.CO_OPTIMIZED:
            found[constant.co_qualname, constant.co_firstlineno] = constant
        else:
            found |= functions(constant)  # a class
    return found


def living_functions(file: Path) -> dict[Place, list[FunctionType]]:
    """Return the functions of a module that was imported, wherever they are kept."""
    gc.unfreeze()  # what is spared from collections is in no list of objects
    found: dict[Place, list[FunctionType]] = {}
    for each in gc.get_objects():
        if type(each) is FunctionType and Path(each.__code__.co_filename) == file:
            found.setdefault((each.__code__.co_qualname, each.__code__.co_firstlineno), []).append(each)
    return found


def _fits(code: CodeType, living: Sequence[FunctionType]) -> bool:
    return bool(living) and all(len(each.__code__.co_freevars) == len(code.co_freevars) for each in living)

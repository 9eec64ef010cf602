"""The threads that invoke, so that polling goes on during a long invocation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from consumer.invoke.invoke import InvocationError, describe


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """What an invocation came to: an answer, or the error it failed with."""

    number: int
    """The number that the call was submitted with."""
    answer: Any
    error: InvocationError | None
    seconds: float


class InvokerThreads:
    """Run calls, as many at a time as there are threads; a thread starts with the first call that none is free for.

    They are daemons: a handler that never ends cannot keep the process.
    """

    def __init__(self, most: int = 1, name: str = "invoker") -> None:
        self._most = most
        self._name = name
        self._under_way = 0
        self._calls: SimpleQueue[tuple[int, Callable[[], Any]] | None] = SimpleQueue()
        self._results: SimpleQueue[InvocationResult] = SimpleQueue()
        self._threads: list[Thread] = []

    def submit(self, number: int, call: Callable[[], Any]) -> None:
        """Start a call; `result` returns what it came to, with its number."""
        self._under_way += 1
        if len(self._threads) < min(self._under_way, self._most):
            thread = Thread(target=self._work, name=f"{self._name}-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._calls.put((number, call))

    def result(self, timeout_s: float) -> InvocationResult | None:
        """Return what one of the calls came to, waiting for it this long; None if there is none yet."""
        try:
            if timeout_s > 0 and self.alive:
                result = self._results.get(timeout=timeout_s)
            else:
                result = self._results.get_nowait()
        except Empty:
            return None
        self._under_way -= 1
        return result

    @property
    def alive(self) -> bool:
        """Whether all threads are there. Foreign code can end one from outside (`PyThreadState_SetAsyncExc`)."""
        return all(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """End the threads after the calls under way."""
        for _ in self._threads:
            self._calls.put(None)

    def _work(self) -> None:
        while (submitted := self._calls.get()) is not None:
            self._results.put(_result(*submitted))


def _result(number: int, call: Callable[[], Any]) -> InvocationResult:
    started = time.perf_counter()
    try:
        return InvocationResult(number, call(), None, time.perf_counter() - started)
    except InvocationError as error:
        failed = error
    except BaseException as error:  # foreign code runs in here: nothing that it raises may end the thread
        failed = InvocationError(describe(error))
    return InvocationResult(number, None, failed, time.perf_counter() - started)

"""One thread that invokes, so that polling goes on during a long invocation."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from consumer.invoke.invoke import InvocationError


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to: an answer, or the error it failed with."""

    answer: Any
    error: InvocationError | None
    seconds: float


class Worker:
    """Runs one call at a time. The thread is a daemon: a handler that never ends cannot keep the process."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._outcomes: SimpleQueue[Outcome] = SimpleQueue()
        Thread(target=self._work, name="invoker", daemon=True).start()

    def submit(self, call: Callable[[], Any]) -> None:
        """Starts a call; its outcome comes from `outcome`."""
        self._calls.put(call)

    def outcome(self, timeout_s: float) -> Outcome | None:
        """The outcome of the call under way, waited for this long; None if there is none yet."""
        try:
            return self._outcomes.get(timeout=timeout_s) if timeout_s > 0 else self._outcomes.get_nowait()
        except Empty:
            return None

    def stop(self) -> None:
        """Ends the thread after the call under way."""
        self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            started = time.perf_counter()
            answer, failed = None, None
            try:
                answer = call()
            except InvocationError as error:
                failed = error
            except Exception as error:
                failed = InvocationError(f"{type(error).__name__}: {error}")
            self._outcomes.put(Outcome(answer, failed, time.perf_counter() - started))

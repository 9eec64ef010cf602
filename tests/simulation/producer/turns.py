"""Threads that take turns on an invented clock. A seed says who goes on where several could, and what comes when.

Only one of them runs at a time: each goes on until it reaches a point, where it may have to wait for its next turn.
"""

import heapq
from collections.abc import Callable
from concurrent.futures import Executor, Future
from itertools import count
from random import Random
from threading import Event, Lock, Thread
from typing import Any

BEGAN_S = 1_000.0
FOREVER = float("inf")
SWITCHES = 0.15
"""Share of the points at which another thread may go on that could as well wait."""
MOST_TURNS = 100_000
"""Turns after which a history that ends in some thousand will never end."""


class Killed(BaseException):
    """The end of the process, as far as its threads can tell: nothing that they do afterwards has an effect."""


class _Task:
    """A thread, and when it may go on."""

    def __init__(self) -> None:
        self.gate = Lock()
        self.gate.acquire()
        self.due = BEGAN_S
        self.wake: Callable[[], bool] = bool  # never


class Turns:
    """Whose turn it is, what time it is, and what is to come. Whoever makes it is its first thread."""

    def __init__(self, random: Random) -> None:
        self.now = BEGAN_S
        self.dead = False
        """Whether the process was killed: its threads end at their next point."""
        self.broken: Exception | None = None
        """What was raised by what happened while the threads waited; the process ends then too."""
        self.slack = 1.0
        """By how much waits of less than a tenth of a second are longer than asked for, as on a busy machine."""
        self._random = random
        self._main = self._running = _Task()
        self._waiting: list[_Task] = []
        self._numbers = count()
        self._turns = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []

    def at(self, time: float, event: Callable[[], None]) -> None:
        """Let something happen at a time, whatever the threads do."""
        heapq.heappush(self._events, (time, next(self._numbers), event))

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Let something happen after some seconds."""
        self.at(self.now + seconds, event)

    def point(self) -> None:
        """Let others go on, or not."""
        if self.dead:
            raise Killed
        if self._waiting and self._random.random() < SWITCHES:
            self.wait(0.0)  # its next turn comes when the others have had theirs, or before

    def sleep(self, seconds: float) -> None:
        """Wait on this clock."""
        self.wait(seconds * self.slack if seconds < 0.1 else seconds)

    def wait(self, seconds: float, wake: Callable[[], bool] = bool) -> None:
        """Wait for some seconds, or until something is so.

        Raises:
            Killed: the process is no more.
        """
        me = self._running
        me.due, me.wake = self.now + seconds, wake
        self._waiting.append(me)
        self._pass_on(me)
        if self.dead:
            raise Killed

    def stand_still(self, seconds: float) -> None:
        """Let the whole process stand still, while the world goes on."""
        self._advance(self.now + seconds)
        if self.dead:
            raise Killed

    def pass_by(self, seconds: float) -> None:
        """Let time pass between two processes."""
        self._advance(self.now + seconds)

    def start(self, work: Callable[[], None]) -> None:
        """Start a thread; `work` raises nothing."""
        task = _Task()
        task.due = self.now
        self._waiting.append(task)

        def run() -> None:
            task.gate.acquire()
            work()
            self._pass_on(None)

        Thread(target=run, daemon=True).start()

    def join(self, ended: Callable[[], bool]) -> None:
        """Wait until something is so, also when the process was killed."""
        me = self._running
        while not ended():
            me.due, me.wake = FOREVER, ended
            self._waiting.append(me)
            self._pass_on(me)

    def _pass_on(self, me: _Task | None) -> None:
        chosen = self._next()
        self._waiting.remove(chosen)
        if chosen is not me:
            self._running = chosen
            chosen.gate.release()
            if me is not None:
                me.gate.acquire()

    def _next(self) -> _Task:
        try:
            self._turns += 1
            assert self._turns < MOST_TURNS, "it never came to an end"
            while not self.dead:
                ready = [task for task in self._waiting if task.due <= self.now or task.wake()]
                if ready:
                    return ready[0] if len(ready) == 1 else self._random.choice(ready)
                self._advance(min(task.due for task in self._waiting), once=True)
        except Exception as error:
            self.dead, self.broken = True, error
        return next((task for task in self._waiting if task is not self._main), self._main)

    def _advance(self, until: float, *, once: bool = False) -> None:
        """Let what is to come happen, up to a time; or the first of it only."""
        while self._events and self._events[0][0] <= until:
            at, _, event = heapq.heappop(self._events)
            self.now = max(self.now, at)
            event()
            if once or self.dead:
                return
        assert until < FOREVER, "nothing goes on any more"
        self.now = max(self.now, until)


class Halt(Event):
    """An event whose waits are turns."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it, or for some seconds."""
        if not self.is_set():
            seconds = FOREVER if timeout is None else timeout
            self._turns.wait(seconds * self._turns.slack if seconds < 0.1 else seconds, self.is_set)
        return self.is_set()


class Pool(Executor):
    """Runs each job in a thread that takes turns."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._jobs: list[Future[Any]] = []

    def submit(self, job: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Start a job."""
        future: Future[Any] = Future()
        self._jobs.append(future)

        def work() -> None:
            try:
                if self._turns.dead:
                    raise Killed
                result = job(*arguments, **named)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._turns.start(work)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for the jobs."""
        self._turns.join(lambda: all(job.done() for job in self._jobs))

"""Work in a thread of its own, so that an output that is slow, stuck or broken hinders nobody."""

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")

_END_S = 2.0
"""Longest wait at the end for what is queued; an output that is stuck then goes without."""


class Background(Generic[T]):
    """Hands items to `take` one by one, in a daemon thread, and calls `end` there at last.

    What comes while the queue is full replaces the oldest. Neither `take` nor `end` may raise.
    """

    def __init__(
        self, take: Callable[[T], None], name: str, queued: int, end: Callable[[], None] = lambda: None
    ) -> None:
        self._take = take
        self._end = end
        self._queue: Queue[T | None] = Queue(queued)
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: T | None) -> None:
        """Queue the item, and return at once."""
        while True:
            try:
                return self._queue.put_nowait(item)
            except Full:
                with suppress(Empty):
                    self._queue.get_nowait()
                    self._queue.task_done()

    def flush(self, within_s: float = _END_S) -> None:
        """Wait until what is queued was taken, but no longer than `within_s`."""
        with self._queue.all_tasks_done:
            self._queue.all_tasks_done.wait_for(lambda: not self._queue.unfinished_tasks, within_s)

    def close(self, within_s: float = _END_S) -> None:
        """Take what is queued and end, but wait no longer than `within_s` for it."""
        self.put(None)
        self._thread.join(within_s)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            self._take(item)
            self._queue.task_done()
        self._end()
        self._queue.task_done()

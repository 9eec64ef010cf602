"""The calls of a batch that are under way.

Where a destination can begin a call on a connection that is open, the thread that decides makes it, and polls for its
answer. All others are made by the destination's own threads, which wait for theirs.
"""

import select
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from queue import Empty, SimpleQueue
from typing import NamedTuple

from comboio.aws.begun import Begun
from dispatcher.destinations.destination import BeginsCalls
from dispatcher.destinations.entry import Entry
from dispatcher.fault import HELD, Fault, FaultKind
from dispatcher.send.destination_queue import DestinationQueue

SHORTEST_CALL_S = 0.1
"""No call begins with less time than this: it could hardly be answered, and might be carried out all the same."""


class Answered(NamedTuple):
    """A call that is over."""

    queue: DestinationQueue
    entries: Sequence[Entry]
    faults: Sequence[Fault | None]
    seconds: float


class _UnderWay:
    """A call that was begun here; `began` moves on while nobody could look at its answer."""

    __slots__ = ("began", "begins", "begun", "entries", "queue")

    def __init__(
        self, queue: DestinationQueue, entries: Sequence[Entry], begins: BeginsCalls, begun: Begun, began: float
    ) -> None:
        self.queue = queue
        self.entries = entries
        self.begins = begins
        self.begun = begun
        self.began = began


class Calls:
    """Makes calls and returns their answers; one thread's alone. `end` is when the last call must be answered."""

    def __init__(self, clock: Callable[[], float], end: float) -> None:
        self._clock = clock
        self._end = end
        self._answers: SimpleQueue[Answered] = SimpleQueue()
        self._begun: dict[int, _UnderWay] = {}
        self._poll = select.poll()
        self._wake: tuple[socket.socket, socket.socket] | None = None
        self._look_at = inf

    def make(self, queue: DestinationQueue, entries: Sequence[Entry]) -> None:
        """Make a call: here if it can be begun now, else in the destination's threads."""
        begins, began = queue.state.begins, self._clock()
        if begins is not None and self._end - began >= SHORTEST_CALL_S:
            try:
                begun = begins.begin(entries, self._end - began)
            except Exception as error:
                self._answers.put(Answered(queue, entries, _defect(queue, entries, error), 0.0))
                return
            if begun is not None:
                self._begin(_UnderWay(queue, entries, begins, begun, began))
                return
        queue.state.pool.submit(self._in_thread, queue, entries)

    def wait(self, wait_s: float) -> list[Answered]:
        """Wait for an answer, but no longer than this; return all that are there."""
        found = self._from_threads(0.0 if self._begun else wait_s)
        if not self._begun:
            return found
        least_s = 0.0 if found else max(min(wait_s, self._look_at - self._clock()), 0.0)
        for file, _ in self._poll.poll(least_s * 1000):
            if file in self._begun:
                self._go_on(file, found)
            elif self._wake is not None:
                self._wake[0].recv(4096)
                found += self._from_threads(0.0)
        if self._clock() >= self._look_at:
            self._give_up_late(found)
        return found

    def looked_away(self, seconds: float) -> None:
        """Take note that nobody could see answers come for some seconds: they are not the destination's."""
        for call in self._begun.values():
            call.began += seconds

    def close(self) -> None:
        """Leave what is still under way: connections are closed, and threads end by themselves."""
        for call in self._begun.values():
            call.begun.give_up(TimeoutError("the batch is over"))
        self._begun.clear()
        if self._wake is not None:
            for end in self._wake:
                end.close()

    def _begin(self, call: _UnderWay) -> None:
        if self._wake is None:
            self._wake = socket.socketpair()
            for end in self._wake:
                end.setblocking(False)
            self._poll.register(self._wake[0], select.POLLIN)
        file = call.begun.fileno()
        self._begun[file] = call
        self._poll.register(file, call.begun.events)
        self._look_at = min(self._look_at, call.began + call.begun.left_s())

    def _go_on(self, file: int, found: list[Answered]) -> None:
        call = self._begun[file]
        if call.begun.go_on():
            found.append(self._over(file))
        else:
            self._poll.modify(file, call.begun.events)

    def _over(self, file: int) -> Answered:
        call = self._begun.pop(file)
        self._poll.unregister(file)
        faults: Sequence[Fault | None]
        try:
            faults = _complete(call.begins.finish(call.begun, len(call.entries)), call.entries)
        except Exception as error:
            faults = _defect(call.queue, call.entries, error)
        return Answered(call.queue, call.entries, faults, self._clock() - call.began)

    def _give_up_late(self, found: list[Answered]) -> None:
        for file, call in list(self._begun.items()):
            if call.begun.left_s() <= 0:
                call.begun.give_up(TimeoutError("the call's time is used up"))
                found.append(self._over(file))
        left_s = [call.begun.left_s() for call in self._begun.values()]
        self._look_at = self._clock() + min(left_s, default=inf)

    def _from_threads(self, wait_s: float) -> list[Answered]:
        found: list[Answered] = []
        if wait_s:
            with suppress(Empty):
                found.append(self._answers.get(timeout=wait_s))
        while not self._answers.empty():
            found.append(self._answers.get_nowait())
        return found

    def _in_thread(self, queue: DestinationQueue, entries: Sequence[Entry]) -> None:
        """Make the call and queue its answer. It must not raise: the batch would wait for it to its end."""
        faults: Sequence[Fault | None]
        began = self._clock()
        try:
            timeout_s = self._end - began  # the destination keeps to its own timeout, where that is shorter
            if timeout_s < SHORTEST_CALL_S:  # its thread came free too late
                faults = [HELD] * len(entries)
            else:
                faults = _complete(queue.state.destination.send(entries, timeout_s), entries)
        except Exception as error:
            faults = _defect(queue, entries, error)
        self._answers.put(Answered(queue, entries, faults, self._clock() - began))
        if self._wake is not None:
            with suppress(OSError):  # the batch may be over, or has not read what woke it before
                self._wake[1].send(b"\0")


def _complete(faults: Sequence[Fault | None], entries: Sequence[Entry]) -> Sequence[Fault | None]:
    if len(faults) != len(entries):
        raise ValueError(f"{len(faults)} answers to {len(entries)} entries")
    return faults


def _defect(queue: DestinationQueue, entries: Sequence[Entry], error: Exception) -> Sequence[Fault | None]:
    return [Fault(FaultKind.TRANSIENT, f"{queue.name}: {type(error).__name__}: {error}")] * len(entries)

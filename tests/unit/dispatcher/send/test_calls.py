"""Calls that are begun here beside those that threads make, on connected sockets and an invented clock."""

import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from threading import Event
from time import monotonic
from typing import Any

import pytest

from comboio.aws.answer_reader import Answer
from comboio.aws.begun import Begun
from comboio.aws.connection import Connection, Deadline
from comboio.errors import ServiceError
from dispatcher.destinations.destination import NO_BOUND
from dispatcher.destinations.entry import Entry
from dispatcher.fault import HELD, Fault, FaultKind
from dispatcher.send.calls import Answered, Calls
from dispatcher.send.destination_queue import DestinationQueue
from dispatcher.send.destination_state import DestinationState
from tests.support.dispatcher import Downstream, InlineExecutor, entry

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
PATIENCE_S = 20.0
"""More than any of this takes; where it is waited out, the test fails."""


class Clock:
    """Seconds that pass where a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Beginner(Downstream):
    """A destination whose calls are begun on sockets whose other ends the test has."""

    def __init__(self, clock: Clock, timeout_s: float = 5.0) -> None:
        super().__init__("b", concurrency=8)
        self.peers: list[socket.socket] = []
        self.kept: list[Connection] = []
        self.failures: list[Exception] = []
        self.padding = b""
        self.looks = 0
        self.defect: Exception | None = None
        self.open = True
        self._clock, self._timeout_s = clock, timeout_s

    def begin(self, entries: Sequence[Entry], timeout_s: float) -> Begun | None:
        if self.defect:
            raise self.defect
        if not self.open:
            return None
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        self.peers.append(theirs)
        deadline = Deadline(min(timeout_s, self._timeout_s), self._clock)
        return Noting(self, Connection(ours), b"POST %d" % len(entries) + self.padding, deadline)

    def finish(self, begun: Begun, entries: int) -> list[Fault | None]:
        try:
            answer: Answer = begun.answer()
        except ServiceError as error:
            return [Fault(FaultKind.TRANSIENT, str(error))] * entries
        return [None] * (entries if answer.status == 200 else entries - 1)

    def failed(self, error: Exception) -> ServiceError:
        self.failures.append(error)
        return ServiceError(f"{type(error).__name__} {error}")


class Noting(Begun):
    """Counts the looks at its connection."""

    def __init__(self, owner: Beginner, connection: Connection, data: bytes, deadline: Deadline) -> None:
        super().__init__(connection, data, deadline, owner.kept.append, owner.failed)
        self._owner = owner

    def go_on(self) -> bool:
        self._owner.looks += 1
        return super().go_on()


class Held(Executor):
    """Keeps what it is given until a test does it."""

    def __init__(self) -> None:
        self.work: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.work.append(lambda: fn(*args, **kwargs))
        return Future()


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


@pytest.fixture
def beginner(clock: Clock) -> Iterator[Beginner]:
    """Give a destination whose calls are begun."""
    made = Beginner(clock)
    yield made
    for peer in made.peers:
        peer.close()
    for kept in made.kept:
        kept.close()


def queue_of(destination: Downstream, pool: Executor | None = None) -> DestinationQueue:
    """Return the queue of a destination with such threads."""
    return DestinationQueue(DestinationState(destination, lambda _: pool or InlineExecutor()), ())


def faults(answered: Sequence[Answered]) -> list[Sequence[Fault | None]]:
    """Return what became of each call."""
    return [each.faults for each in answered]


def test_a_begun_call_needs_no_thread(clock: Clock, beginner: Beginner) -> None:
    """A call on an open connection is answered without a thread, and its connection can be used again."""
    held = Held()
    calls = Calls(clock, 100.0)
    calls.make(queue_of(beginner, held), [entry(1), entry(2)])
    (peer,) = beginner.peers
    assert peer.recv(100) == b"POST 2"
    clock.now = 0.25
    peer.send(OK)
    (answered,) = calls.wait(PATIENCE_S)
    assert answered.faults == [None, None] and answered.seconds == 0.25
    assert len(beginner.kept) == 1 and not held.work and not beginner.calls
    calls.close()


def test_where_none_is_open_a_thread_makes_the_call(clock: Clock, beginner: Beginner) -> None:
    """What cannot be begun is sent as any other destination's call."""
    beginner.open = False
    calls = Calls(clock, 100.0)
    calls.make(queue_of(beginner), [entry(1)])
    assert faults(calls.wait(PATIENCE_S)) == [[None]]
    assert beginner.calls == [[1]]


def test_answers_are_taken_in_whatever_order_they_come(clock: Clock, beginner: Beginner) -> None:
    """A call that is answered late keeps none waiting that was begun after it."""
    calls = Calls(clock, 100.0)
    queue = queue_of(beginner)
    for offset in range(3):
        calls.make(queue, [entry(offset)])
    beginner.peers[2].send(OK)
    (first,) = calls.wait(PATIENCE_S)
    assert first.entries[0].parcels[0].record.offset == 2
    beginner.peers[0].send(OK[:20])
    beginner.peers[1].send(OK)
    (second,) = calls.wait(PATIENCE_S)
    assert second.entries[0].parcels[0].record.offset == 1
    beginner.peers[0].send(OK[20:])
    (third,) = calls.wait(PATIENCE_S)
    assert third.entries[0].parcels[0].record.offset == 0
    calls.close()


def test_a_connection_is_looked_at_only_when_it_has_something(clock: Clock, beginner: Beginner) -> None:
    """A large request goes on as there is room; once it is sent, nothing is done until its answer comes."""
    beginner.padding = b"x" * 200_000
    calls = Calls(clock, 100.0)
    calls.make(queue_of(beginner), [entry(1)])
    got = 0
    while got < len(b"POST 1" + beginner.padding):
        got += len(beginner.peers[0].recv(1_000))
        calls.wait(0.0)
    looks = beginner.looks
    for _ in range(5):
        assert calls.wait(0.0) == []
    assert looks > 1 and beginner.looks == looks
    beginner.peers[0].send(OK)
    assert faults(calls.wait(PATIENCE_S)) == [[None]]
    calls.close()


@pytest.mark.robustness("deadlines")
def test_a_thread_that_is_done_is_heard_while_begun_calls_are_awaited(clock: Clock, beginner: Beginner) -> None:
    """Whoever waits for a connection that stays silent takes in what a thread has meanwhile."""
    state = DestinationState(Waiting())
    calls = Calls(clock, 100.0)
    calls.make(queue_of(beginner), [entry(1)])
    calls.make(DestinationQueue(state, ()), [entry(2)])
    began = monotonic()
    (answered,) = calls.wait(PATIENCE_S)
    assert answered.entries[0].parcels[0].record.offset == 2 and monotonic() - began < PATIENCE_S / 2
    calls.close()
    state.pool.shutdown()


@pytest.mark.robustness("calls that would outlast their time")
def test_a_begun_call_ends_with_its_time(clock: Clock, beginner: Beginner) -> None:
    """One that is not answered in time has failed, and its connection is closed; the others go on."""
    calls = Calls(clock, 100.0)
    queue = queue_of(beginner)
    calls.make(queue, [entry(1)])
    clock.now = 3.0
    calls.make(queue, [entry(2)])
    clock.now = 5.0
    ((late,),) = faults(calls.wait(PATIENCE_S))
    assert late is not None and late.kind is FaultKind.TRANSIENT and "TimeoutError" in late.error
    assert beginner.peers[0].recv(100) == b"POST 1" and beginner.peers[0].recv(100) == b""
    beginner.peers[1].send(OK)
    assert faults(calls.wait(PATIENCE_S)) == [[None]]
    calls.close()


@pytest.mark.robustness("calls that would outlast their time")
def test_an_answer_that_has_come_counts_however_late_it_is_looked_at(clock: Clock, beginner: Beginner) -> None:
    """What was answered in time is not lost because nobody looked, and the pause is not the destination's."""
    calls = Calls(clock, 100.0)
    calls.make(queue_of(beginner), [entry(1)])
    beginner.peers[0].send(OK)
    clock.now = 7.0
    calls.looked_away(6.5)
    (answered,) = calls.wait(PATIENCE_S)
    assert answered.faults == [None] and answered.seconds == 0.5
    calls.close()


@pytest.mark.robustness("calls that would outlast their time")
def test_no_call_begins_without_time_for_it(clock: Clock, beginner: Beginner) -> None:
    """At the end of a batch nothing is sent whose answer could not be awaited."""
    calls = Calls(clock, 100.0)
    clock.now = 99.95
    calls.make(queue_of(beginner), [entry(1)])
    assert faults(calls.wait(PATIENCE_S)) == [[HELD]]
    assert not beginner.peers and not beginner.calls


@pytest.mark.robustness("a receiver that takes the request and gives no answer")
@pytest.mark.parametrize("said", [b"", OK[:10], b"garbage\r\n\r\n"])
def test_a_begun_call_whose_connection_ends_has_failed(clock: Clock, beginner: Beginner, said: bytes) -> None:
    """Half an answer, or none, is no answer."""
    calls = Calls(clock, 100.0)
    calls.make(queue_of(beginner), [entry(1)])
    beginner.peers[0].send(said)
    beginner.peers[0].close()
    ((fault,),) = faults(calls.wait(PATIENCE_S))
    assert fault is not None and fault.kind is FaultKind.TRANSIENT
    assert beginner.kept == []
    calls.close()


def test_a_defect_in_a_destination_ends_no_batch(clock: Clock, beginner: Beginner) -> None:
    """A call that cannot be begun for a defect, and one that answers for too few entries, have failed."""
    calls = Calls(clock, 100.0)
    queue = queue_of(beginner)
    beginner.defect = ValueError("no")
    calls.make(queue, [entry(1)])
    beginner.defect = None
    calls.make(queue, [entry(2)])
    beginner.peers[0].send(OK.replace(b"200", b"500"))
    found = calls.wait(PATIENCE_S)
    found += calls.wait(PATIENCE_S) if len(found) < 2 else []
    kinds = [fault and (fault.kind, fault.error) for each in found for fault in each.faults]
    assert kinds == [
        (FaultKind.TRANSIENT, "b: ValueError: no"),
        (FaultKind.TRANSIENT, "b: ValueError: 0 answers to 1 entries"),
    ]
    calls.close()


def test_what_is_left_at_the_end_is_closed(clock: Clock, beginner: Beginner) -> None:
    """A batch that is over leaves no call whose answer another batch could take for its own."""
    calls = Calls(clock, 100.0)
    calls.make(queue_of(beginner), [entry(1)])
    held = Held()
    calls.make(queue_of(Downstream("a"), held), [entry(2)])
    calls.close()
    assert beginner.peers[0].recv(100) == b"POST 1" and beginner.peers[0].recv(100) == b""
    assert beginner.kept == [] and len(beginner.failures) == 1
    held.work[0]()  # a thread that comes late disturbs nobody


class Waiting(Downstream):
    """A destination that answers a little later, in its thread."""

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        Event().wait(0.02)
        return super().send(entries, timeout_s)

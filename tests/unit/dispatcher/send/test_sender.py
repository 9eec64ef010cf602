"""Calls side by side, on real threads and an invented clock."""

from collections.abc import Sequence
from threading import Barrier, Event
from time import monotonic, sleep

import pytest
from msgspec.structs import replace

from dispatcher.destinations.destination import NO_BOUND
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.fault import HELD, Fault
from dispatcher.parcel import Parcel
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.sender import SendBudget, send_all
from tests.support.dispatcher import TRANSIENT, Downstream, InlineExecutor, parcel, route


class Clock:
    """Seconds that pass only where a test says so, and in sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.checkpoints: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds + 0.001

    def budget(self, end: float = 100.0, checkpoint_s: float = 1_000.0) -> SendBudget:
        """Return a budget by this clock."""
        return SendBudget(
            now=lambda: int(self.now * 1000),
            clock=lambda: self.now,
            sleep=self.sleep,
            end=end,
            divert_after_s=50.0,
            checkpoint_s=checkpoint_s,
            checkpoint=lambda: self.checkpoints.append(self.now),
        )


def state(destination: Downstream) -> DestinationState:
    """Return a destination with threads of its own."""
    return DestinationState(destination)


BOTH = route(to=("a", "b"))


def test_each_destination_gets_what_it_has_not() -> None:
    """A parcel goes to every destination of its route but those that have it; calls are counted."""
    a, b = Downstream("a"), Downstream("b")
    parcels = [parcel(offset, BOTH) for offset in range(25)]
    parcels[3].served = ("a",)
    traffic = send_all(parcels, {"a": state(a), "b": state(b)}, Clock().budget())
    assert sorted(a.taken) == [offset for offset in range(25) if offset != 3]
    assert sorted(b.taken) == list(range(25))
    assert all(sorted(one.served) == ["a", "b"] and one.fault is None for one in parcels)
    assert {name: passed.calls for name, passed in traffic.items()} == {"a": len(a.calls), "b": len(b.calls)}
    assert (len(a.calls), len(b.calls)) == (3, 3)
    assert (traffic["a"].messages, traffic["b"].messages) == (24, 25)
    assert len(traffic["a"].seconds) == 3


def test_the_first_call_goes_before_the_last_entry_is_made() -> None:
    """Entries are made as calls need them, so that a large batch is on its way early."""
    made: list[int] = []
    made_by_call: list[int] = []

    class Making(Downstream):
        def make(self, parcels: Sequence[Parcel]) -> Encoded:
            made.extend(parcel.record.offset for parcel in parcels)
            return super().make(parcels)

        def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
            made_by_call.append(len(made))
            return super().send(entries, timeout_s)

    ready = DestinationState(Making(), lambda _: InlineExecutor())
    send_all([parcel(offset) for offset in range(25)], {"a": ready}, Clock().budget())
    assert made == list(range(25))
    assert made_by_call == [10, 20, 25]


def test_what_is_urgent_goes_first_wherever_it_stands() -> None:
    """A route of a higher priority goes before all others of the batch, and each of them in its order."""
    a = Downstream(max_entries=2)
    late, urgent = route("late", priority=-1), route("urgent", priority=5)
    ways = [late, route("plain"), urgent, route("plain"), urgent, late]
    ready = DestinationState(a, lambda _: InlineExecutor())
    send_all([parcel(offset, way) for offset, way in enumerate(ways)], {"a": ready}, Clock().budget())
    assert a.calls == [[2, 4], [1, 3], [0, 5]]


@pytest.mark.robustness("deadlines")
def test_a_destination_that_hangs_takes_no_others_threads() -> None:
    """While all threads of one destination wait for it, the calls of another one go at once."""
    hanging, well = state(Downstream("a", concurrency=64)), state(Downstream("b"))
    hangs = Event()
    for _ in range(64):
        hanging.pool.submit(hangs.wait, 20.0)
    parcels = [parcel(offset, route(to=("b",))) for offset in range(5)]
    budget = replace(Clock().budget(), clock=monotonic, sleep=sleep, end=monotonic() + 2.0, checkpoint_s=60.0)
    try:
        send_all(parcels, {"a": hanging, "b": well}, budget)
    finally:
        hangs.set()
    assert all(one.served == ("b",) for one in parcels)


@pytest.mark.robustness("deadlines")
def test_calls_go_at_the_same_time() -> None:
    """Two destinations, and as many calls of each as its concurrency says, are under way together."""
    together = Barrier(4, timeout=10)

    def meet(offset: int) -> None:
        together.wait()

    a, b = Downstream("a", meet, max_entries=1), Downstream("b", meet, max_entries=1)
    send_all([parcel(0, BOTH), parcel(1, BOTH)], {"a": state(a), "b": state(b)}, Clock().budget())
    assert (sorted(a.taken), sorted(b.taken)) == ([0, 1], [0, 1])


def test_a_failure_waits_and_goes_again() -> None:
    """What fails for now is tried again after a wait that the clock sees, and may come through."""
    answers = iter([TRANSIENT, TRANSIENT, None])
    a, clock = Downstream("a", lambda offset: next(answers)), Clock()
    one = parcel(0)
    send_all([one], {"a": state(a)}, clock.budget())
    assert (one.served, one.fault, len(a.calls)) == (("a",), None, 3)
    assert clock.now > 0.2


@pytest.mark.robustness("deadlines")
def test_no_call_begins_after_the_last_departure() -> None:
    """Past the last departure what is left is held, and what was to be tried again has failed."""
    clock = Clock()

    def slow(offset: int) -> Fault | None:
        clock.now += 1.0
        return TRANSIENT if offset == 0 else None

    a = Downstream("a", slow, max_entries=1, concurrency=1)
    parcels = [parcel(offset) for offset in range(6)]
    send_all(parcels, {"a": state(a)}, clock.budget(end=2.5))
    assert len(a.calls) == 3
    assert parcels[0].fault == TRANSIENT or len([call for call in a.calls if call == [0]]) > 1
    assert [one.fault for one in parcels[-2:]] == [HELD, HELD]
    assert all((one.fault is None) == (one.served == ("a",)) for one in parcels)


@pytest.mark.robustness("deadlines")
def test_the_loop_ends_although_something_waits_for_its_next_try() -> None:
    """An entry whose next try is due just before the last start is given up when the loop comes back after it."""
    clock = Clock()

    def sleep(seconds: float) -> None:
        assert clock.now < 5.0, "the loop goes on past its end"
        clock.sleep(seconds + 0.02)

    def slow(offset: int) -> Fault:
        clock.now += 2.29
        return TRANSIENT

    one = parcel(0)
    send_all([one], {"a": state(Downstream("a", slow))}, replace(clock.budget(end=2.5), sleep=sleep))
    assert one.fault == TRANSIENT
    assert clock.now < 2.8


def test_checkpoints_come_on_the_way() -> None:
    """While sending goes on, the checkpoint is called at its interval."""
    clock = Clock()

    def slow(offset: int) -> None:
        clock.now += 1.0

    a = Downstream("a", slow, max_entries=1, concurrency=1)
    send_all([parcel(offset) for offset in range(9)], {"a": state(a)}, clock.budget(checkpoint_s=2.0))
    assert 3 <= len(clock.checkpoints) <= 5


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_a_send_that_raises_does_not_hang() -> None:
    """Whatever escapes a destination becomes a failure of its entries, with its name."""

    def burst(offset: int) -> None:
        raise RuntimeError("boom")

    one, other = parcel(0), parcel(1, route(to=("b",)))
    send_all(
        [one, other],
        {"a": state(Downstream("a", burst)), "b": state(Downstream("b"))},
        Clock().budget(),
    )
    assert one.fault is not None and "RuntimeError" in one.fault.error
    assert other.served == ("b",)


def test_what_is_too_large_is_refused_and_the_rest_goes() -> None:
    """A message beyond the destination's limit is refused for good without a call."""
    a = Downstream("a", max_bytes=100)
    large, small = parcel(0, value=b"x" * 101), parcel(1, value=b"x" * 100)
    send_all([large, small], {"a": state(a)}, Clock().budget())
    assert large.fault is not None and "101 bytes" in large.fault.error
    assert a.taken == [1]

"""What a batch concludes about a destination that kept it waiting."""

import random
from collections.abc import Sequence

import pytest

from comboio.claims.memory import MemoryClaims
from comboio.clocks import Clocks
from comboio.contract.hold import HoldMessage
from comboio.routing.route import Route
from dispatcher.deadline import Budget
from dispatcher.destinations.destination import NO_BOUND
from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault
from dispatcher.parcel import Outcome, Parcel
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import OpenGate
from dispatcher.send.hold_queue import SqsHoldQueue
from dispatcher.send.slowness import FIRST_LEFT_S
from tests.support.dispatcher import (
    NOW,
    THROTTLED,
    TRANSIENT,
    Downstream,
    FakeQueue,
    InlineExecutor,
    parcel,
    record,
    route,
)

HANGS_S = 5.0
DIVERT_AFTER_S = 2.0


class MemoryHold:
    """A hold queue that keeps everything."""

    def write(self, messages: Sequence[HoldMessage], *, within_s: float) -> list[bool]:
        """See HoldQueue."""
        return [True] * len(messages)


class NoLetters:
    """A DLQ that nothing may go to."""

    def write(self, parcels: Sequence[Parcel], now: int, *, within_s: float) -> None:
        """See DeadLetters."""
        raise AssertionError("nothing is dead")


class Timed(Downstream):
    """A destination whose calls take their time, and fail for some offsets."""

    def __init__(self, bed: "Bed", seconds: float, bad: Sequence[int], fault: Fault) -> None:
        super().__init__(verdict=lambda offset: fault if offset in bad else None, max_entries=1, concurrency=1)
        self._bed, self._seconds = bed, seconds

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        self._bed.s += self._seconds
        return super().send(entries, timeout_s)


class Bed:
    """A delivery in virtual time, to one destination."""

    def __init__(
        self, seconds: float, bad: Sequence[int] = (), way: Route | None = None, fault: Fault = TRANSIENT
    ) -> None:
        self.s = 0.0
        self.way = way or route()
        self.state = DestinationState(Timed(self, seconds, bad, fault), lambda _: InlineExecutor())
        clocks = Clocks(lambda: NOW + int(self.s * 1000), lambda: self.s, self._sleep)
        timeouts = Timeouts(DIVERT_AFTER_S, checkpoint_s=60.0)
        self._delivery = Delivery(MemoryClaims(), NoLetters(), MemoryHold(), OpenGate(), timeouts, clocks)

    def _sleep(self, seconds: float) -> None:
        self.s += seconds

    def deliver(self, *offsets: int, divert: bool = True) -> list[Parcel]:
        """Return the parcels of a batch, delivered."""
        parcels = [parcel(offset, self.way) for offset in offsets]
        budget = Budget(lambda: self.s, self.s + 50, self.s + 55, self.s + 60)
        self._delivery.deliver(parcels, {"a": self.state}, budget, divert=divert)
        return parcels


def test_one_batch_waits_for_a_destination_that_hangs_and_the_next_does_not() -> None:
    """However few calls a batch makes: the time they cost cuts the destination off, and not their number."""
    bed = Bed(HANGS_S, bad=[1])
    first = bed.deliver(1)
    assert bed.state.circuit.open
    assert [each.outcome for each in first] == [Outcome.DIVERTED]
    assert first[0].attempts == 0


def test_a_failure_that_cost_no_time_cuts_nothing_off() -> None:
    """A message that its receiver refuses at once fails alone: that says nothing of the destination."""
    bed = Bed(0.01, bad=[1])
    bed.deliver(1)
    assert not bed.state.circuit.open


def test_a_destination_that_took_something_is_not_cut_off() -> None:
    """One message may make its receiver hang, while the others are taken."""
    bed = Bed(HANGS_S, bad=[2])
    bed.deliver(1, 2)
    assert bed.state.destination.taken == [1]  # type: ignore[attr-defined]  # a Downstream
    assert not bed.state.circuit.open


def test_a_slow_destination_that_takes_everything_is_not_cut_off() -> None:
    """To be slow is not to fail."""
    bed = Bed(HANGS_S)
    bed.deliver(1)
    assert not bed.state.circuit.open


def test_a_destination_that_asks_to_slow_down_is_not_cut_off() -> None:
    """It is there and it answers, however late: its limit falls instead."""
    bed = Bed(HANGS_S, bad=[1], fault=THROTTLED)
    bed.deliver(1)
    assert not bed.state.circuit.open


def test_what_is_not_diverted_cuts_nothing_off() -> None:
    """A drained message is often alone in its call, and a route that waits has no drainer to probe for it."""
    drained, waiting = Bed(HANGS_S, bad=[1]), Bed(HANGS_S, bad=[1], way=route(when_down="wait"))
    drained.deliver(1, divert=False)
    waiting.deliver(1)
    assert not drained.state.circuit.open
    assert not waiting.state.circuit.open


def test_one_batch_waits_for_a_destination_that_is_slow_and_the_next_does_not() -> None:
    """It takes everything and nothing fails: batches leave it to the drainer, and try it again after a while."""
    bed = Bed(HANGS_S)
    assert [each.outcome for each in bed.deliver(1)] == [Outcome.DISPATCHED]
    before = bed.s
    assert [each.outcome for each in bed.deliver(2)] == [Outcome.DIVERTED]
    assert bed.s == before
    assert [each.outcome for each in bed.deliver(3, divert=False)] == [Outcome.DISPATCHED]
    bed.s += FIRST_LEFT_S
    assert [each.outcome for each in bed.deliver(4)] == [Outcome.DISPATCHED]


def test_a_route_that_waits_waits_for_a_slow_destination_too() -> None:
    """Kafka is its buffer: nothing of it is diverted for slowness."""
    bed = Bed(HANGS_S, way=route(when_down="wait"))
    for offset in range(3):
        assert [each.outcome for each in bed.deliver(offset)] == [Outcome.DISPATCHED]


class _Letters:
    """A DLQ in memory."""

    def __init__(self) -> None:
        self.kept: list[int] = []

    def write(self, parcels: Sequence[Parcel], now: int, *, within_s: float) -> None:
        """See DeadLetters."""
        for each in parcels:
            each.in_dlq = True
            self.kept.append(each.record.offset)


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize("ordering", ["key", "none"])
def test_a_partition_waits_minutes_for_what_cannot_be_held(ordering: str) -> None:
    """Bytes that cannot be compressed are more than a message of SQS takes. They wait in Kafka while the destination
    may come back, and are then a letter, whole; what comes behind is diverted."""
    way, letters = route(ordering=ordering), _Letters()
    state = DestinationState(Downstream(verdict=lambda _: TRANSIENT, max_bytes=1_000_000), lambda _: InlineExecutor())
    now = [NOW]
    clocks = Clocks(
        lambda: now[0], lambda: now[0] / 1000, lambda seconds: now.__setitem__(0, now[0] + int(seconds * 1e3))
    )
    hold = SqsHoldQueue("https://hold", FakeQueue().api, InlineExecutor(), clocks.clock)
    delivery = Delivery(MemoryClaims(), letters, hold, OpenGate(), Timeouts(DIVERT_AFTER_S, 60.0), clocks)
    large = Parcel(record(0, random.Random(1).randbytes(600_000)), "c", way, "e-0", 7)
    behind = Parcel(record(1), "c", way, "e-1", 7)
    waited = []
    for age_ms in (0, 60_000, 400_000, 400_000):
        now[0] = NOW + age_ms
        parcels = [each for each in (large, behind) if not each.done]
        for each in parcels:
            each.outcome, each.faults, each.attempts, each.since = None, None, 0, NOW
        began = clocks.clock()
        delivery.deliver(parcels, {"a": state}, Budget(clocks.clock, began + 50, began + 55, began + 60), divert=True)
        waited.append(not large.done)
    assert (waited, large.reason, letters.kept) == ([True, True, False, False], "attempts_exhausted", [0])
    assert behind.outcome is Outcome.DIVERTED

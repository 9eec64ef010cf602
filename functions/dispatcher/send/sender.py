"""Sends a batch's parcels to all their destinations, side by side.

One thread decides, so that queues, circuit breakers and limits need no locks; who makes the calls, `calls` knows. A
destination that hangs takes no other's threads.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from dispatcher.destinations.destination import Destination
from dispatcher.destinations.entry import Entry
from dispatcher.destinations.packing import pack
from dispatcher.fault import Fault
from dispatcher.parcel import Parcel
from dispatcher.send.calls import SHORTEST_CALL_S, Calls
from dispatcher.send.destination_queue import DestinationQueue
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.traffic import Traffic

LATE_ANSWER_S = 0.2
"""Seconds after the end of sending in which answers are still taken: a call that is cut off at the end answers a little
after it."""

_SLOW_FACTOR = 2
"""A destination that answers well, but slowly, has this many times the time of one in trouble."""

_RATE_PATIENCE_S = 0.5
"""What a destination's maximum of messages a second keeps back for longer than this is held, and then diverted: other
destinations do not wait for its next second."""

_SHORTEST_WAIT_S = 0.001
"""The loop waits at least this long, so that it never spins whatever is due."""


class SendBudget(Struct, frozen=True):
    """The time of a batch's sending, in seconds of `clock`; `now` is epoch ms."""

    now: Callable[[], int]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    end: float
    """No call begins after this, and each is given no more time than is left until then."""
    divert_after_s: float
    """Time of a destination that is in trouble, where what it does not take can be diverted."""
    checkpoint_s: float
    """Time between two checkpoints."""
    checkpoint: Callable[[], None]


def send_all(
    parcels: Iterable[Parcel], states: Mapping[str, DestinationState], budget: SendBudget
) -> dict[str, Traffic]:
    """Send; afterwards a parcel's `served` and `faults` say how it went. Return what went to each destination."""
    queues = _load(parcels, states)
    traffic = {queue.name: Traffic() for queue in queues}
    calls = Calls(budget.clock, budget.end)
    try:
        _loop(queues, calls, budget, traffic)
    finally:
        calls.close()
    for queue in queues:
        queue.abandon()
        queue.close()
        traffic[queue.name].suspected = queue.suspected
    return traffic


def _loop(queues: Sequence[DestinationQueue], calls: Calls, budget: SendBudget, traffic: Mapping[str, Traffic]) -> None:
    clock = budget.clock
    began = clock()
    checkpoint_at = began + budget.checkpoint_s
    open_queues = list(queues)
    while True:
        now = clock()
        for queue in [queue for queue in open_queues if now > _closes_at(queue, began, budget) - SHORTEST_CALL_S]:
            queue.close()
            open_queues.remove(queue)
        for queue in sorted(open_queues, key=_urgency):
            while entries := queue.next_call(clock(), budget.now()):
                traffic[queue.name].called(now)
                calls.make(queue, entries)
        in_flight = any(queue.in_flight for queue in queues)
        due = [queue.resumes_at for queue in open_queues if queue.resumes_at is not None]
        if now >= budget.end + LATE_ANSWER_S or not (in_flight or due):
            break
        closings = [_closes_at(queue, began, budget) - SHORTEST_CALL_S for queue in open_queues]
        wake_at = min([budget.end + LATE_ANSWER_S, checkpoint_at, *due, *closings])
        wait_s = max(wake_at - now, _SHORTEST_WAIT_S)
        if in_flight:
            _receive(calls, wait_s, clock, traffic)
        else:
            budget.sleep(wait_s)
        if (before := clock()) >= checkpoint_at:
            budget.checkpoint()
            calls.looked_away(clock() - before)
            checkpoint_at = clock() + budget.checkpoint_s


def _closes_at(queue: DestinationQueue, began: float, budget: SendBudget) -> float:
    """When no call of the queue begins any more."""
    if queue.may_wait:
        return budget.end
    if queue.over_rate:
        return min(budget.end, began + _RATE_PATIENCE_S)
    patience_s = budget.divert_after_s * (1 if queue.troubled else _SLOW_FACTOR)
    return min(budget.end, began + patience_s)


def _load(parcels: Iterable[Parcel], states: Mapping[str, DestinationState]) -> list[DestinationQueue]:
    """Make a queue for each destination that something is for: a parcel goes only where it may, and is missing."""
    bound_for: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        if parcel.route is None:
            continue
        for name in parcel.route.to:
            if name not in parcel.served and (parcel.faults is None or name not in parcel.faults):
                bound_for.setdefault(name, []).append(parcel)
    queues = []
    for name, load in bound_for.items():
        state = states[name]
        routes = [route for route in {id(parcel.route): parcel.route for parcel in load}.values() if route is not None]
        may_wait = any(route.when_down == "wait" for route in routes)
        entries = _entries(load, state.destination, {route.priority for route in routes})
        queues.append(DestinationQueue(state, entries, may_wait=may_wait))
    return queues


def _entries(load: Sequence[Parcel], destination: Destination, priorities: Collection[int]) -> Iterator[Entry]:
    """Make the entries of a destination one by one, the highest priority first."""

    def refuse(parcel: Parcel, fault: Fault) -> None:
        parcel.add_fault(destination.name, fault)

    for priority in sorted(priorities, reverse=True):
        equal = load
        if len(priorities) > 1:
            equal = [parcel for parcel in load if parcel.route is not None and parcel.route.priority == priority]
        yield from pack(equal, destination.make, destination.max_entry_bytes, refuse)


def _urgency(queue: DestinationQueue) -> int:
    return -(queue.priority or 0)


def _receive(calls: Calls, wait_s: float, clock: Callable[[], float], traffic: Mapping[str, Traffic]) -> None:
    """Wait for an answer, and take in all that are there."""
    for queue, entries, faults, seconds in calls.wait(wait_s):
        name = queue.name
        passed = traffic[name]
        passed.answered(faults, seconds)
        passed.ended = now = clock()
        for entry in queue.answered(entries, faults, now):
            passed.messages += len(entry.parcels)
            for parcel in entry.parcels:
                parcel.serve(name)

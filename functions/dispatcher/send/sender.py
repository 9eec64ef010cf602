"""Sends a batch's parcels to all their destinations, side by side.

One thread decides; calls run in a pool. So the queues, breakers and paces need no locks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from dispatcher.destinations.entry import Entry
from dispatcher.destinations.packing import pack
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from dispatcher.send.destination_queue import DestinationQueue, DestinationState
from dispatcher.send.traffic import Traffic

Answer = tuple[DestinationQueue, Sequence[Entry], Sequence[Fault | None], float]


@dataclass(frozen=True, slots=True)
class SendBudget:
    """When a batch's sending must pause or end, in seconds of `clock`.

    No call begins after `last_start`; `checkpoint` is called every `checkpoint_s`, between answers.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    last_start: float
    checkpoint_s: float
    checkpoint: Callable[[], None]


def send_all(
    parcels: Iterable[Parcel], states: Mapping[str, DestinationState], pool: Executor, budget: SendBudget
) -> dict[str, Traffic]:
    """Sends; afterwards a parcel's `served` and `fault` say how it went. Returns what went to each destination."""
    queues = _load(parcels, states)
    traffic = {queue.state.destination.name: Traffic() for queue in queues}
    answers: SimpleQueue[Answer] = SimpleQueue()
    clock = budget.clock
    checkpoint_at = clock() + budget.checkpoint_s
    while True:
        now = clock()
        if now < budget.last_start:
            for queue in sorted(queues, key=_urgency):
                while entries := queue.next_call(now):
                    traffic[queue.state.destination.name].calls += 1
                    pool.submit(_call, queue, entries, answers, clock)
        under_way = sum(queue.under_way for queue in queues)
        resumes = [queue.resumes_at for queue in queues if queue.resumes_at is not None]
        if not under_way and (not resumes or min(resumes) >= budget.last_start):
            break
        if under_way:
            _receive(answers, max(min([checkpoint_at, *resumes]) - now, 0.001), clock, traffic)
        else:
            budget.sleep(max(min(resumes) - now, 0.0))
        if clock() >= checkpoint_at:
            budget.checkpoint()
            checkpoint_at = clock() + budget.checkpoint_s
    for queue in queues:
        queue.give_up()
    return traffic


def _load(parcels: Iterable[Parcel], states: Mapping[str, DestinationState]) -> list[DestinationQueue]:
    """A queue for each destination that something is for; a parcel goes only where it has not been yet."""
    bound_for: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        if parcel.route is None:
            continue
        for name in parcel.route.to:
            if name not in parcel.served:
                bound_for.setdefault(name, []).append(parcel)
    queues = []
    for name, load in bound_for.items():
        state = states[name]
        entries, refused = pack(load, state.destination.make, state.destination.max_entry_bytes)
        for parcel, fault in refused:
            parcel.add_fault(fault)
        queues.append(DestinationQueue(state, entries))
    return queues


def _urgency(queue: DestinationQueue) -> int:
    return -(queue.priority or 0)


def _call(
    queue: DestinationQueue, entries: Sequence[Entry], answers: "SimpleQueue[Answer]", clock: Callable[[], float]
) -> None:
    """In the pool: the call, and its answer to the thread that decides. Nothing may escape, or the batch would hang."""
    faults: Sequence[Fault | None]
    began = clock()
    try:
        faults = queue.state.destination.send(entries)
    except Exception as error:
        fault = Fault(FaultKind.TRANSIENT, f"{queue.state.destination.name}: {type(error).__name__}: {error}")
        faults = [fault] * len(entries)
    answers.put((queue, entries, faults, clock() - began))


def _receive(
    answers: "SimpleQueue[Answer]", wait_s: float, clock: Callable[[], float], traffic: Mapping[str, Traffic]
) -> None:
    """Waits for an answer, and takes in all that are there."""
    try:
        queue, entries, faults, seconds = answers.get(timeout=wait_s)
        while True:
            name = queue.state.destination.name
            passed = traffic[name]
            passed.answered(faults, seconds)
            for entry in queue.answered(entries, faults, clock()):
                passed.messages += len(entry.parcels)
                for parcel in entry.parcels:
                    parcel.served += (name,)
            queue, entries, faults, seconds = answers.get_nowait()
    except Empty:
        return

"""Sends a batch's parcels to all their destinations, side by side.

One thread decides; calls run in a pool. So the docks, breakers and paces need no locks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from dispatcher.dock import Berth, Dock
from dispatcher.entry import Entry
from dispatcher.pack import pack
from dispatcher.parcel import Fault, FaultKind, Parcel
from dispatcher.traffic import Traffic

Answer = tuple[Dock, Sequence[Entry], Sequence[Fault | None], float]


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a batch's sending must pause or end, in seconds of `clock`.

    No call begins after `last_departure`; `checkpoint` is called every `checkpoint_s`, between answers.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    last_departure: float
    checkpoint_s: float
    checkpoint: Callable[[], None]


def ship(
    parcels: Iterable[Parcel], berths: Mapping[str, Berth], pool: Executor, timetable: Timetable
) -> dict[str, Traffic]:
    """Sends; afterwards a parcel's `served` and `fault` say how it went. Returns what went to each destination."""
    docks = _load(parcels, berths)
    traffic = {dock.berth.destination.name: Traffic() for dock in docks}
    answers: SimpleQueue[Answer] = SimpleQueue()
    clock = timetable.clock
    checkpoint_at = clock() + timetable.checkpoint_s
    while True:
        now = clock()
        if now < timetable.last_departure:
            for dock in sorted(docks, key=_urgency):
                while entries := dock.next_call(now):
                    traffic[dock.berth.destination.name].calls += 1
                    pool.submit(_call, dock, entries, answers, clock)
        under_way = sum(dock.under_way for dock in docks)
        resumes = [dock.resumes_at for dock in docks if dock.resumes_at is not None]
        if not under_way and (not resumes or min(resumes) >= timetable.last_departure):
            break
        if under_way:
            _receive(answers, max(min([checkpoint_at, *resumes]) - now, 0.001), clock, traffic)
        else:
            timetable.sleep(max(min(resumes) - now, 0.0))
        if clock() >= checkpoint_at:
            timetable.checkpoint()
            checkpoint_at = clock() + timetable.checkpoint_s
    for dock in docks:
        dock.give_up()
    return traffic


def _load(parcels: Iterable[Parcel], berths: Mapping[str, Berth]) -> list[Dock]:
    """A dock for each destination that something is for; a parcel goes only where it has not been yet."""
    bound_for: dict[str, list[Parcel]] = {}
    for parcel in parcels:
        if parcel.route is None:
            continue
        for name in parcel.route.to:
            if name not in parcel.served:
                bound_for.setdefault(name, []).append(parcel)
    docks = []
    for name, load in bound_for.items():
        berth = berths[name]
        entries, refused = pack(load, berth.destination.make, berth.destination.max_entry_bytes)
        for parcel, fault in refused:
            parcel.blame(fault)
        docks.append(Dock(berth, entries))
    return docks


def _urgency(dock: Dock) -> int:
    return -(dock.priority or 0)


def _call(dock: Dock, entries: Sequence[Entry], answers: "SimpleQueue[Answer]", clock: Callable[[], float]) -> None:
    """In the pool: the call, and its answer to the thread that decides. Nothing may escape, or the batch would hang."""
    faults: Sequence[Fault | None]
    began = clock()
    try:
        faults = dock.berth.destination.send(entries)
    except Exception as error:
        fault = Fault(FaultKind.TRANSIENT, f"{dock.berth.destination.name}: {type(error).__name__}: {error}")
        faults = [fault] * len(entries)
    answers.put((dock, entries, faults, clock() - began))


def _receive(
    answers: "SimpleQueue[Answer]", wait_s: float, clock: Callable[[], float], traffic: Mapping[str, Traffic]
) -> None:
    """Waits for an answer, and takes in all that are there."""
    try:
        dock, entries, faults, seconds = answers.get(timeout=wait_s)
        while True:
            name = dock.berth.destination.name
            passed = traffic[name]
            passed.answered(faults, seconds)
            for entry in dock.answered(entries, faults, clock()):
                passed.messages += len(entry.parcels)
                for parcel in entry.parcels:
                    parcel.served += (name,)
            dock, entries, faults, seconds = answers.get_nowait()
    except Empty:
        return

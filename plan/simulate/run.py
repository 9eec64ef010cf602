"""Runs the world, event by event: batches fill, environments take them, partitions wait for one another's cores.

Records are counted as a flow, batches are single. Batches under way and what brings the records share the cores evenly,
so each runs at the speed that its share allows, and a batch ends when its work is done.
"""

from dataclasses import dataclass, field

from plan.simulate.batch import Batch
from plan.simulate.point import Point
from plan.simulate.world import Crash, InVain, Reader, World

_LEAST_RECORDS = 0.5
"""Below half a record there is nothing to read: a flow is never quite empty."""

_NEVER = float("inf")


def speed(cores: float, wanted: float) -> float:
    """Return how fast everything runs that wants so many cores together, 1 being as with a machine of its own."""
    return 1.0 if wanted <= cores else cores / wanted


@dataclass(slots=True)
class Simulation:
    """One run."""

    world: World
    """What is simulated."""
    now: float = 0.0
    """The time (s)."""
    points: list[Point] = field(default_factory=list)
    """The history, a point for each batch that began or ended."""
    batches: int = 0
    """Batches that ended."""
    _taken: list[float] = field(default_factory=list)
    _done: list[float] = field(default_factory=list)
    _running: list[Batch] = field(default_factory=list)
    _held: dict[int, float] = field(default_factory=dict)
    _tried: dict[int, float] = field(default_factory=dict)
    _emptied: dict[int, float] = field(default_factory=dict)
    _twice: list[int] = field(default_factory=list)
    _crashes: list[Crash] = field(default_factory=list)
    _reads_at: dict[int, float] = field(default_factory=dict)
    _bends: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._taken = [0.0] * len(self.world.arrivals)
        self._done = [0.0] * len(self.world.arrivals)
        self._twice = [reader.twice for reader in self.world.readers]
        self._bends = sorted({at for each in self.world.arrivals for at, _ in each.steps})
        self._crashes = sorted(self.world.crashes, key=lambda crash: crash.at)

    def until(self, end: float) -> None:
        """Run to a time."""
        while self.now < end:
            while self._start_one():
                pass
            self._go(min(end, self._next_end(), self._next_change()))

    def drained(self, within: float) -> float | None:
        """Run on until nothing is left; return when that is, or None if it takes longer than `within` seconds."""
        deadline = self.now + within
        while self.now < deadline:
            while self._start_one():
                pass
            if not self._running and self._whole_lag() <= _LEAST_RECORDS * len(self._taken) + 1e-6:
                return self.now
            self._go(min(deadline, self._next_end(), self._next_change()))
        return None

    def at(self, at: float) -> Point:
        """Return what was true at a time."""
        done = max((point for point in self.points if point.at <= at), key=lambda point: point.at, default=None)
        return Point(at, sum(each.by(at) for each in self.world.arrivals), done.done if done else 0.0)

    def _whole_lag(self) -> float:
        return sum(each.by(self.now) for each in self.world.arrivals) - sum(self._done)

    def _speed(self) -> float:
        """Return how fast each batch runs, with its share of the cores."""
        come = sum(each.rate(self.now) for each in self.world.arrivals) * self.world.arrival_core_s
        return speed(self.world.cores, len(self._running) * self.world.batch_cores + come)

    def _next_end(self) -> float:
        return self.now + min((batch.work_s for batch in self._running), default=_NEVER) / self._speed()

    def _next_change(self) -> float:
        """Return when something happens by itself: a batch is full or its window over, a pause or a reader's time."""
        times = [pause.begins for pause in self.world.pauses] + [pause.ends for pause in self.world.pauses]
        times += self._held.values()
        times += self._tried.values()
        times += self._bends
        times += self._reads_at.values()
        for reader in self.world.readers:
            times += [reader.begins, reader.ends]
            if self._may_start(reader):
                times.append(self._ready_at(self._idle(reader)))
        return min((at for at in times if at > self.now), default=_NEVER)

    def _go(self, to: float) -> None:
        """Let time pass: work goes on, batches end, and some come to nothing."""
        speed, passed = self._speed(), max(to - self.now, 0.0)
        for batch in self._running:
            batch.work_s -= passed * speed
        self.now = to
        for batch in [batch for batch in self._running if batch.reader.ends <= to]:
            batch.lease_s = self.world.lease_s
            self._lose(batch)
        ended = [batch for batch in self._running if batch.work_s <= 1e-9]
        for batch in ended:
            if batch.lease_s is not None:
                self._lose(batch)
                continue
            self._running.remove(batch)
            if batch.in_vain:
                continue
            self.batches += 1
            for partition, count in batch.records.items():
                self._done[partition] += count
            self._again(batch)
        if ended:
            self._note()

    def _again(self, batch: Batch) -> None:
        """Let a batch that is done come a second time, if it is one of those."""
        number = self.world.readers.index(batch.reader)
        if self.world.in_vain is not None and self._twice[number] > 0:
            self._twice[number] -= 1
            self._begin_in_vain(self.world.in_vain, batch.reader, batch.records)

    def _begin_in_vain(self, cost: InVain, reader: Reader, records: dict[int, float]) -> None:
        work_s = cost.batch_s + sum(records.values()) * cost.message_s
        self._running.append(Batch(reader, records, work_s, self.now, in_vain=True))

    def _lose(self, batch: Batch) -> None:
        self._running.remove(batch)
        if batch.in_vain:
            return
        for partition, count in batch.records.items():
            self._taken[partition] -= count
            self._held[partition] = batch.began + (batch.lease_s or 0.0)

    def _lease(self, reader: Reader) -> float | None:
        """Return the lease of a batch that begins now, if it is one that will crash."""
        for crash in self._crashes:
            if crash.at <= self.now and self.world.readers[crash.reader] is reader:
                self._crashes.remove(crash)
                return crash.lease_s
        return None

    def _note(self) -> None:
        came = sum(each.by(self.now) for each in self.world.arrivals)
        self.points.append(Point(self.now, came, sum(self._done)))

    def _may_start(self, reader: Reader) -> bool:
        under_way = sum(1 for batch in self._running if batch.reader is reader)
        reads = self._reads_at.get(id(reader), 0.0) <= self.now + 1e-9
        return reads and reader.begins <= self.now < reader.ends and under_way < reader.invocations

    def _idle(self, reader: Reader) -> list[int]:
        """Return the reader's partitions that have no batch under way and are not paused."""
        busy = {partition for batch in self._running for partition in batch.records}
        return [
            partition
            for partition in reader.partitions
            if partition not in busy
            and self._held.get(partition, 0.0) <= self.now
            and not any(pause.has(partition, self.now) for pause in self.world.pauses)
        ]

    def _waiting(self, partition: int) -> float:
        return max(self.world.arrivals[partition].by(self.now - self.world.visible_s) - self._taken[partition], 0.0)

    def _ready_at(self, idle: list[int]) -> float:
        """Return when the next batch of these partitions may begin."""
        if not idle:
            return _NEVER
        firsts = [
            max(self.world.arrivals[each].when(self._taken[each] + _LEAST_RECORDS), self._emptied.get(each, 0.0))
            for each in idle
        ]
        first = min(firsts) + self.world.visible_s
        window_over = first + self.world.window_s
        waiting = sum(self._waiting(each) for each in idle)
        if waiting >= self.world.most_records:
            return self.now
        visible = self.now - self.world.visible_s
        rate = sum(self.world.arrivals[each].rate(visible) for each in idle)
        full = self.now + (self.world.most_records - waiting) / rate if rate > 0 else _NEVER
        return max(self.now, min(window_over, full))

    def _start_one(self) -> bool:
        """Begin one batch if one is ready; return whether one was."""
        for reader in self.world.readers:
            if not self._may_start(reader):
                continue
            if self._try_held(reader):
                return True
            idle = self._idle(reader)
            if self._ready_at(idle) > self.now + 1e-9:
                continue
            records = self._fill(idle)
            if not records:
                continue
            for partition, count in records.items():
                self._taken[partition] += count
            self._emptied.update({each: self.now for each in records if self._waiting(each) < _LEAST_RECORDS})
            self._reads_at[id(reader)] = self.now + sum(records.values()) / reader.most_per_s
            work = self.world.batch_s + sum(records.values()) * self.world.message_s
            self._running.append(Batch(reader, records, work, self.now, self._lease(reader)))
            return True
        return False

    def _try_held(self, reader: Reader) -> bool:
        """Invoke for partitions that are leased, for nothing, if it is time to; return whether a batch began."""
        if self.world.in_vain is None:
            return False
        busy = {partition for batch in self._running for partition in batch.records}
        due = [
            partition
            for partition in reader.partitions
            if self._held.get(partition, 0.0) > self.now
            and self._tried.get(partition, 0.0) <= self.now
            and partition not in busy
        ]
        records = self._fill(due)
        if not records:
            return False
        self._begin_in_vain(self.world.in_vain, reader, records)
        ends = self.now + self._running[-1].work_s / self._speed() + self.world.in_vain.wait_s
        self._tried.update(dict.fromkeys(records, ends))
        return True

    def _fill(self, idle: list[int]) -> dict[int, float]:
        """Return what a batch takes of these partitions, of those with most records first."""
        waiting = sorted(((self._waiting(each), each) for each in idle), reverse=True)
        room = float(self.world.most_records)
        records: dict[int, float] = {}
        for count, partition in waiting:
            taken = min(count, room)
            if taken < _LEAST_RECORDS:
                break
            records[partition] = taken
            room -= taken
        return records

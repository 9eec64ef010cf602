"""A simulated world of which one destination is a topic of a real broker, by the real client.

Dispatcher, drainer, hold queue and circuit are those of the simulation, on its clock; calls to Kafka take real time,
and the world's clock is told of it.
"""

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from dispatcher.destinations.destination import Destination
from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from tests.simulation.world.downstream import Downstream
from tests.simulation.world.mapping import Mapping
from tests.simulation.world.place import Place
from tests.simulation.world.tables import ORDERED, TO
from tests.simulation.world.world import World

CALL_S = 0.4
"""Seconds of a call: one that gets no answer takes them all."""

HUNG_S = 1.0
"""What such a call takes on the world's clock: as long as a batch waits for a destination, which opens the circuit."""

_SETTLED_WITHIN_S = 60.0
"""Real seconds until all has arrived; it takes one on an idle machine."""


class Topic(Downstream):
    """A topic in the place of a scripted destination."""

    def __init__(self, name: str, topic: Destination) -> None:
        super().__init__(name, [])
        self.max_entries, self.max_bytes = topic.max_entries, topic.max_bytes
        self.max_entry_bytes, self.concurrency = topic.max_entry_bytes, topic.concurrency
        self.unknown: Counter[Place] = Counter()
        """How often a record's call ended without a word of Kafka on whether it was written."""
        self._topic = topic

    def make(self, parcels: Sequence[Parcel]) -> tuple[Any, int]:
        return self._topic.make(parcels)

    def send(self, entries: Sequence[Entry], timeout_s: float) -> list[Fault | None]:
        self.calls += 1
        faults = self._topic.send(entries, min(timeout_s, CALL_S))
        for entry, fault in zip(entries, faults, strict=True):
            (parcel,) = entry.parcels
            if fault is None:
                self.taken.append(self.place(parcel.record))
            elif "may have been written" in fault.error:
                self.unknown[self.place(parcel.record)] += 1
        if all(fault is not None and fault.kind is FaultKind.TRANSIENT for fault in faults):
            self.wait(HUNG_S)
        return faults


class KafkaWorld(World):
    """The world, with a mapping that delivers what is produced into it. `b` is the topic."""

    def __init__(self, topic: Destination) -> None:
        self.topic = Topic("b", topic)
        super().__init__([], {}, when_down="divert", destinations=(Downstream("a", []), self.topic))
        self.mapping = Mapping("failed", 100)
        self._produced = 0

    def batch(self, size: int, **more: Any) -> None:
        """Produce records of both partitions, keys and routes, and deliver all that is due."""
        for _ in range(size):
            number = self._produced
            codigo = (300, 302, 300, 303)[number % 4]
            name, offset = self.produce(number % 2, codigo, number // 8 % 3, **more)
            self.mapping.appended(name, offset)
            self._produced += 1
        if due := self.mapping.next_batch(0):
            self.deliver(self.mapping, due)
        self.ms += 1_000

    def settle(self) -> None:
        """Deliver and drain until nothing waits any more."""
        until = time.monotonic() + _SETTLED_WITHIN_S
        while time.monotonic() < until:
            self.batch(0)
            self.drain()
            if self.mapping.done and not self.hold.messages:
                return
            self.ms += 5_000
            time.sleep(0.02)  # Kafka's own time is not the world's
        raise AssertionError(f"{len(self.hold.messages)} hold messages wait, and {self.mapping.next_batch(0)}")

    def bound_for_topic(self) -> set[Place]:
        """Return the records that routes send to the topic."""
        return {place for place, message in self.messages.items() if "b" in TO[message.codigo]}

    def arrived(self, messages: Sequence[Any]) -> list[Place]:
        """Return the records of the topic's messages, in the order of each partition's log."""
        names = {self._name(place): place for place in self.messages}
        ids = [dict(each.headers())["comboio_id"].decode() for each in sorted(messages, key=_log_place)]
        return [names[each.partition("/")[2].partition("@")[0]] for each in ids]

    def out_of_order(self, arrived: Sequence[Place]) -> list[tuple[Place, Place]]:
        """Return the first copies of a key's records that stand behind a later one's."""
        last: dict[Any, Place] = {}
        wrong = []
        for place in dict.fromkeys(arrived):
            codigo, truck, _ = self.messages[place]
            key = (place[0], codigo, truck)
            if codigo in ORDERED and key in last and last[key][1] > place[1]:
                wrong.append((last[key], place))
            last[key] = place
        return wrong

    @staticmethod
    def _name(place: Place) -> str:
        return f"{place[0]}:{place[1]}"


def _log_place(message: Any) -> tuple[int, int]:
    return message.partition(), message.offset()

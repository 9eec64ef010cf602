"""A poison message, held and tried again by the drainer, and how it is told from a destination that is down."""

from collections.abc import Sequence

import pytest

from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault, FaultKind
from tests.simulation.world.downstream import Downstream
from tests.simulation.world.world import World

HOUR_MS = 3_600_000
POISON = ("t-0", 0)


class Poisoned(Downstream):
    """Fails every call that has the poison in it."""

    def answer(self, entries: Sequence[Entry]) -> list[Fault | None]:
        places = [(parcel.record.source, parcel.record.offset) for entry in entries for parcel in entry.parcels]
        if POISON in places:
            return [Fault(FaultKind.TRANSIENT, "500")] * len(entries)
        return super().answer(entries)


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize("codigo", [300, 302])
def test_a_poison_message_cuts_nobody_off(codigo: int) -> None:
    """While the drainer tries it again, alone, healthy messages that come every second go straight, each at once, and
    it is dead-lettered within minutes."""
    world = World([(0, codigo, 0)], {}, when_down="divert", destinations=(Downstream("a", []), Poisoned("b", [])))
    world.invoke({"t-0": [0]})
    assert len(world.hold.messages) == 1
    began = world.ms
    for second in range(300):
        world.produce(1, 302, second)
        world.invoke({"t-1": [2 * second]})
        assert world.b.taken[-1] == ("t-1", 2 * second)
        world.drain()
        world.ms = max(world.ms, began + 1_000 * (second + 1))
        if not world.hold.messages:
            break
    assert world.shelf.letters == [("t-0", 0)] and world.shelf.reasons == ["attempts_exhausted"]


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize("codigo", [300, 302])
def test_an_outage_without_other_traffic_is_not_taken_for_poison(codigo: int) -> None:
    """A single message whose destination is down, with no other to show it, uses an attempt an hour: it is there when
    the destination is back, and is dead-lettered if it never is."""
    world = World([(0, codigo, 0)], {}, when_down="divert")
    world.b.down = True
    world.invoke({"t-0": [0]})
    until = world.ms + HOUR_MS - 120_000
    while world.ms < until:
        world.drain()
        world.ms += 10_000
    assert world.shelf.letters == [] and len(world.hold.messages) == 1 and world.b.calls < 400
    world.b.down = False
    for _ in range(20):
        world.drain()
        world.ms += 10_000
    assert world.b.taken == [("t-0", 0)] and world.hold.messages == []


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_a_message_that_fails_alone_in_all_traffic_ends_in_the_dlq() -> None:
    """Where nothing tells poison from an outage, a message does not come back for ever."""
    world = World([(0, 300, 0)], {}, when_down="divert", destinations=(Downstream("a", []), Poisoned("b", [])))
    world.invoke({"t-0": [0]})
    until = world.ms + 5 * HOUR_MS
    while world.hold.messages and world.ms < until:
        world.drain()
        world.ms += 30_000
    assert world.shelf.letters == [("t-0", 0)]

"""What an operator gave up becomes dead letters on the drainer's own way, whatever crashes and whatever is in front."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest

from comboio.drain.give_up import GiveUp
from dispatcher.fault import Fault, FaultKind
from tests.simulation.world.downstream import Downstream
from tests.simulation.world.steps import Happening
from tests.simulation.world.world import World
from tests.unit.dispatcher.drain.test_drain import Poisoned, diverted, taken

PROMISE = "giving up what waits: crashes at every write, and what follows it"


def give_up(world: World, **changed: object) -> None:
    """Give up what waits for b now."""
    world.orders.given["b"] = [GiveUp(world.ms, world.ms)._replace(**changed)]  # type: ignore[arg-type]  # by name


def look(world: World, times: int = 20) -> None:
    """Let the drainer look at the queue for some minutes."""
    for _ in range(times):
        world.ms += 20_000
        world.drain()


@pytest.mark.robustness(PROMISE)
def test_what_is_given_up_is_dead_and_later_records_go_straight() -> None:
    """The whole destination: each record is a letter, the queue is empty, and the next record of the key needs it no
    more, because the drain position is what the ledger's marker asks for."""
    world = diverted(300, 3)
    give_up(world)
    look(world)
    assert world.shelf.letters == [("t-0", 0), ("t-0", 2), ("t-0", 4)] and set(world.shelf.reasons) == {"given_up"}
    assert not world.hold.messages and not world.progress.waiting
    world.b.down = False
    look(world)
    world.produce(0, 300, 0)
    world.b._script.clear()
    world.ms += 600_000
    assert world.invoke({"t-0": [6]}) == {}
    assert not world.hold.messages and taken(world) == [6]


@pytest.mark.robustness(PROMISE)
def test_what_comes_after_the_order_goes_on() -> None:
    """A record that is diverted behind those given up is delivered, not dead."""
    world = diverted(300, 1)
    give_up(world)
    world.ms += 5_000
    world.produce(0, 300, 0)
    assert world.invoke({"t-0": [2]}) == {}
    world.b.down = False
    look(world)
    assert world.shelf.letters == [("t-0", 0)] and taken(world) == [2] and not world.hold.messages


@pytest.mark.robustness(PROMISE)
def test_only_the_codes_that_are_named_are_given_up() -> None:
    """Others of the same message stay and are delivered; none is both."""
    world = World([(0, codigo, truck) for truck in range(3) for codigo in (300, 302)], {}, when_down="divert")
    world.b.down = True
    world.invoke({"t-0": [0, 2, 4, 6, 8, 10]})
    give_up(world, codes=("302",))
    look(world)
    world.b.down = False
    look(world)
    assert sorted(world.shelf.letters) == [("t-0", 2), ("t-0", 6), ("t-0", 10)]
    assert sorted(taken(world)) == [0, 4, 8] and not world.hold.messages


@pytest.mark.robustness(PROMISE)
@pytest.mark.parametrize("codes", [(), ("300",)])
@pytest.mark.parametrize("crash", [Happening.CRASH_BEFORE, Happening.CRASH_AFTER])
def test_a_crash_at_any_write_loses_nothing(codes: tuple[str, ...], crash: Happening) -> None:
    """At every step of giving up, one at a time and two in a row: each record is a letter or delivered, and the rest of
    the queue gets on."""
    for step in count():
        world = World([(0, 300, truck) for truck in range(3)], {}, when_down="divert")
        world.b.down = True
        world.invoke({"t-0": [0, 2, 4]})
        begun = world.steps.taken + 1
        world.steps._script = {begun + step: crash, begun + step + 1: crash}
        give_up(world, codes=codes)
        look(world, 40)
        end = world.steps.taken
        world.steps._script = {}
        assert set(world.shelf.letters) == {("t-0", 0), ("t-0", 2), ("t-0", 4)}
        assert not world.hold.messages
        world.b.down = False
        world.produce(0, 300, 0)
        world.ms += 600_000
        assert world.invoke({"t-0": [6]}) == {}
        look(world)
        assert taken(world) == [6] and not world.hold.messages
        if begun + step > end:
            break
    assert step > 2, "no step of giving up was seen"


@pytest.mark.robustness(PROMISE)
def test_where_the_dlq_refuses_the_record_waits_on() -> None:
    """Nothing leaves the hold queue before its letter is written."""
    world = World([(0, 300, 0)], {"dead": [True, True, True]}, when_down="divert")
    world.b.down = True
    world.invoke({"t-0": [0]})
    give_up(world)
    world.drain()
    assert world.shelf.letters == [] and len(world.hold.messages) == 1
    look(world)
    assert world.shelf.letters == [("t-0", 0)] and not world.hold.messages


@pytest.mark.robustness(PROMISE)
def test_a_group_that_waits_says_so_and_one_that_is_drained_does_not() -> None:
    """What people are told is what the drainer left: destination, records, codes, attempts, the reason, the times."""
    world = World(
        [(0, 300, truck) for truck in range(4)],
        {},
        when_down="divert",
        destinations=(Downstream("a", []), Poisoned("b", 2)),
    )
    world.invoke({"t-0": [0, 2, 4, 6]})
    world.drain()
    (waiting,) = world.progress.waiting.values()
    assert waiting[:5] == ("b", "t", 0, 1, {"300": 1}) and waiting.error == "500"
    assert waiting.oldest <= waiting.seen_at < waiting.again_at and 0 < waiting.attempts < 3
    give_up(world)
    look(world)
    assert not world.progress.waiting and not world.hold.messages and world.shelf.letters == [("t-0", 2)]


class Asking(Downstream):
    """Is down, and asks to be called again after some seconds."""

    retry_after_s = 0.0

    def send(self, entries: Sequence[Any], timeout_s: float) -> list[Fault | None]:
        return [Fault(FaultKind.TRANSIENT, "503", self.retry_after_s)] * len(entries)


@pytest.mark.robustness(PROMISE)
@pytest.mark.parametrize(("asked_s", "kept"), [(30.0, False), (600.0, True)])
def test_only_a_long_wait_can_be_cut_short(asked_s: float, kept: bool) -> None:
    """The receipts of a group are kept where it waits for longer than the groups of a destination that is cut off."""
    asking = Asking("b", [])
    world = World([(0, 300, 0)], {}, when_down="divert", destinations=(Downstream("a", []), asking))
    world.invoke({"t-0": [0]})
    asking.retry_after_s = asked_s
    world.drain()
    (waiting,) = world.progress.waiting.values()
    assert waiting.again_at - waiting.seen_at == asked_s * 1000
    assert waiting.receipts == (("r-m0",) if kept else ())

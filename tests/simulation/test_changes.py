"""What people and time change while records are in the hold queue."""

from collections.abc import Sequence
from typing import Any

import pytest

from comboio.destination_state import state as policy
from comboio.destination_state.state import SharedState, View
from comboio.destination_state.store import destination_item, route_item
from dispatcher.fault import FaultKind
from tests.simulation.world.steps import NO_ANSWER, Happening
from tests.simulation.world.tables import TABLE
from tests.simulation.world.world import World

HELD = pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
DAY_MS = 86_400_000


def held(codes: Sequence[int], **more: object) -> World:
    """Return a world whose destination b was down when records of these codes came, and is well again."""
    world = World([(0, codigo, 0) for codigo in codes], {}, when_down="divert", **more)  # type: ignore[arg-type]
    world.b.down = True
    world.invoke({"t-0": [record["offset"] for record in world.records["t-0"]]})
    assert world.hold.messages
    world.b.down = False
    return world


def taken(world: World) -> list[int]:
    """Return the offsets that b took."""
    return [offset for _, offset in world.b.taken]


def pass_time(world: World, seconds: int) -> int:
    """Let the drainer run every second; return how often it was given something."""
    end, looks = world.ms + seconds * 1000, 0
    while world.ms < end:
        looks += world.drain()
        world.ms += 800
    return looks


@HELD
def test_records_of_a_destination_that_was_removed_are_dead_letters() -> None:
    """Renamed is removed: its records go to the DLQ, from which they can be replayed, and the queue goes on."""
    world = held([300, 302, 300])
    renamed = TABLE.replace("[destinations.b]", "[destinations.c]").replace('"b"', '"c"')
    world.table = world.routing_table("divert", renamed)
    world.destinations["c"] = world.b
    pass_time(world, 120)
    assert sorted(offset for _, offset in world.shelf.letters) == [0, 2, 4]
    assert set(world.shelf.reasons) == {"permanent"} and not world.hold.messages and taken(world) == []


@HELD
def test_records_of_a_route_that_was_removed_reach_their_destination() -> None:
    """What was diverted needs no route to be drained: only its bounds are then those of the default."""
    world = held([300, 300])
    world.table = world.routing_table("divert", TABLE.replace('name = "ordered"', 'name = "other"'))
    pass_time(world, 120)
    assert taken(world) == [0, 2] and world.shelf.letters == []


@HELD
@pytest.mark.parametrize("unknown", [False, True])
def test_a_route_that_waits_from_now_on_goes_behind_what_is_held(unknown: bool) -> None:
    """From divert to wait: later records keep their order behind the hold queue, and none waits for ever, also where
    an invocation crashed after it had diverted something that the ledger does not know of."""
    world = held([300, 300])
    if unknown:
        world.produce(0, 300, 0)
        world.steps._script = {world.steps.taken + n: Happening.CRASH_BEFORE for n in range(1, 40)}
        world.b.down, before = True, len(world.hold.messages)
        for step in range(1, 40):  # the crash comes right after the hold queue has the message
            world.steps._script = {world.steps.taken + step: Happening.CRASH_AFTER}
            world.invoke({"t-0": [4]})
            world.ms += 10_000
            if len(world.hold.messages) > before:
                break
        world.steps._script, world.b.down = {}, False
    world.table = world.routing_table("wait")
    pass_time(world, 120)
    for offset in (6, 8) if unknown else (4, 6):
        world.produce(0, 300, 0)
        for _ in range(60):
            if not world.invoke({"t-0": [4, offset] if unknown else [offset]}):
                break
            pass_time(world, 5)
        else:
            raise AssertionError(f"{offset} waits for ever")
    pass_time(world, 120)
    first = list(dict.fromkeys(taken(world)))
    assert first == ([0, 2, 4, 6, 8] if unknown else [0, 2, 4, 6]) and not world.hold.messages


@HELD
@pytest.mark.parametrize("item", [destination_item("b"), route_item("ordered")])
def test_while_it_is_paused_nothing_goes_and_hardly_anybody_looks(item: str) -> None:
    """A pause of ten minutes costs a look a minute, not one a second; after it all goes, in order, within a minute or
    so."""
    world = held([300, 300])
    paused = policy.paused(View(world.states.read([item])[item]), "me", "maintenance", world.ms)
    assert paused is not None and world.states.write(item, paused)[0]
    assert pass_time(world, 600) <= 12 and taken(world) == []
    resumed = policy.resumed(View(world.states.read([item])[item]))
    assert isinstance(resumed, SharedState) and world.states.write(item, resumed)[0]
    pass_time(world, 80)
    assert taken(world) == [0, 2] and not world.hold.messages


@HELD
def test_what_is_older_than_its_route_allows_dies_and_the_rest_arrives() -> None:
    """An outage longer than max_age_s: what waited for longer is dead (expired), what came later arrives, in order,
    and then records go straight again."""
    world = held([300])
    world.b.down = True
    world.ms += DAY_MS - 60_000
    world.produce(0, 300, 0)
    world.invoke({"t-0": [2]})
    world.ms += 120_000
    world.b.down = False
    pass_time(world, 120)
    assert world.shelf.letters == [("t-0", 0)] and world.shelf.reasons == ["expired"] and taken(world) == [2]
    world.produce(0, 300, 0)
    world.invoke({"t-0": [4]})
    assert taken(world) == [2, 4] and not world.hold.messages


@HELD
@pytest.mark.parametrize("minutes", [1, 4, 6, 20])
def test_records_that_are_diverted_a_second_time_pass_the_deduplication_window(minutes: int) -> None:
    """A batch whose settlement is lost is diverted, drained, redelivered and diverted again, within SQS's five minutes
    and beyond: nothing is lost, and later records do not overtake."""
    world = World([(0, 300, 0), (0, 300, 0)], {}, when_down="divert")
    world.b.down = True
    for step in range(60):
        world.steps._script = {world.steps.taken + step: Happening.CRASH_BEFORE}
        if not world.invoke({"t-0": [0, 2]}):
            break
        world.ms += 10_000
        if world.hold.messages:
            break
    world.steps._script = {}
    assert world.hold.messages
    world.b.down = False
    pass_time(world, 40)
    world.b.down = True
    world.ms += minutes * 60_000
    while world.invoke({"t-0": [0, 2]}):
        world.ms += 2_000
    world.b.down = False
    world.produce(0, 300, 0)
    while world.invoke({"t-0": [4]}):
        world.ms += 2_000
    pass_time(world, 120)
    assert list(dict.fromkeys(taken(world))) == [0, 2, 4] and not world.hold.messages


@HELD
def test_nothing_overtakes_a_dead_record_whose_letter_could_not_be_written() -> None:
    """A record that one destination refuses, while another throttles, is tried again if the DLQ fails too; the next of
    its key is not diverted past it."""
    throttled, refused = FaultKind.THROTTLED, FaultKind.PERMANENT
    faults: dict[str, list[Any]] = {"a": [throttled] * 3, "b": [None, refused], "dead": [True] * 3}
    world = World([(0, 300, 0), (0, 300, 0)], faults, when_down="divert")
    failed = world.invoke({"t-0": [0, 2]})
    assert failed == {"t-0": [0, 2]}
    pass_time(world, 120)
    assert world.invoke(failed) == {}
    pass_time(world, 120)
    assert world.a.taken == [("t-0", 0), ("t-0", 2)] and world.shelf.letters == [("t-0", 0)]


@HELD
def test_a_record_that_is_diverted_again_takes_the_marker_back_past_nothing() -> None:
    """The hold queue has a record whose write had no answer; later ones of its partition are diverted behind it, it is
    drained, comes again and is diverted again: SQS takes no repeated message, and nothing passes what is in between."""
    world = World([(0, 300, 0), (0, 300, 1), (0, 300, 1)], {}, when_down="divert")
    world.b.down = True
    call, answers = world.hold.call, []

    def lose_the_first(action: str, request: bytes, **more: Any) -> dict[str, Any]:
        answers.append(call(action, request, **more))
        if len(answers) == 1:
            raise NO_ANSWER
        return answers[-1]

    world.hold.call = lose_the_first  # type: ignore[method-assign]  # scripted
    assert world.invoke({"t-0": [0]}) == {"t-0": [0]}
    assert world.invoke({"t-0": [2]}) == {}
    assert len(world.hold.messages) == 2
    world.b.down = False
    while taken(world) == []:
        world.drain(1)
        world.ms += 1_000
    world.b.poison = {("t-0", 2)}
    assert world.invoke({"t-0": [0]}) == {}
    world.drain()
    world.b.poison = set()
    world.invoke({"t-0": [4]})
    pass_time(world, 120)
    first = list(dict.fromkeys(taken(world)))
    assert first.index(2) < first.index(4) and not world.hold.messages

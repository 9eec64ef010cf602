"""What must hold of a world at the end, whatever happened in it."""

from collections import defaultdict
from typing import TYPE_CHECKING

from tests.simulation.world.place import Place
from tests.simulation.world.tables import CLAIMED, ORDERED, TO

if TYPE_CHECKING:
    from tests.simulation.world.world import World

MOST_LEDGER_BYTES = 4_096
"""Of an item, as DynamoDB counts them."""


def check(world: "World", *, ordered: bool = True) -> None:
    """Everything arrived, once unless it was in trouble, and what was taken first is in order."""
    letters, present = world.shelf.letters, world.shelf.present()
    arrived = {message.event_id: set[str]() for message in world.messages.values()}
    for downstream in (world.a, world.b):
        for place in downstream.taken:
            arrived[world.messages[place].event_id].add(downstream.name)
    for place in present:
        arrived[world.messages[place].event_id].update(world.destinations)  # another record of this event may go by it
    for place in world.gone:  # its claim may outlive it
        arrived[world.messages[place].event_id].update(world.destinations)
    for place, (codigo, _, event_id) in world.messages.items():
        if place in world.gone or place in world.unprovable:
            continue
        for downstream in (world.a, world.b):
            copies = downstream.taken.count(place)
            if downstream.name not in TO[codigo]:
                assert copies == 0
            elif place not in world.in_trouble and place not in downstream.unsure:
                again = "'" in place[0]  # "redelivered records may be sent twice", while the proof is not there yet
                assert copies <= 1 or again, (place, downstream.name, copies)
            if downstream.name in TO[codigo] and place not in present:
                claimed = codigo == CLAIMED and downstream.name in arrived[event_id]
                assert copies or claimed, (place, downstream.name, "lost")
        if codigo == 999:
            assert place in letters, (place, "lost")
    _check_copies(world)
    assert set(world.hold.foreign) <= set(world.hold.bodies_elsewhere), "a foreign message is nowhere"
    if not ordered:
        return
    for downstream in (world.a, world.b):
        by_key: dict[tuple[str, int, int], list[int]] = defaultdict(list)
        for name, offset in dict.fromkeys(downstream.taken):
            codigo, truck, _ = world.messages[(name, offset)]
            place = (name, offset)
            keeps_none = place in letters or place in world.abandoned or place in world.unproven  # docs/guarantees.md
            if codigo in ORDERED and not keeps_none:
                by_key[name, codigo, truck].append(offset)
        for key, offsets in by_key.items():
            assert offsets == sorted(offsets), (downstream.name, key, offsets)


def _check_copies(world: "World") -> None:
    """Of the records of a claimed event one arrived at each destination, unless one of them died on the way."""
    copies: dict[str, set[Place]] = defaultdict(set)
    for place, (codigo, _, event_id) in world.messages.items():
        if codigo == CLAIMED:
            copies[event_id].add(place)
    letters = set(world.shelf.letters)
    for places in copies.values():
        for downstream in (world.a, world.b):
            arrived = places.intersection(downstream.taken)
            assert len(arrived) <= 1 or places & letters, (arrived, downstream.name, "of one event")


def check_ledgers(world: "World") -> None:
    """No ledger outgrows its bound."""
    for name, size in world.ledgers.sizes().items():
        assert size <= MOST_LEDGER_BYTES, (name, size)

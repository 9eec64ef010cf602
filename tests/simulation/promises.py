"""What must hold of a world at the end, whatever happened in it."""

from collections import defaultdict
from typing import TYPE_CHECKING

from tests.simulation.tables import ORDERED, TO

if TYPE_CHECKING:
    from tests.simulation.world import World

MOST_LEDGER_BYTES = 4_096
"""Of an item, as DynamoDB counts them."""


def check(world: "World", *, ordered: bool = True) -> None:
    """Everything arrived, once unless it was in trouble, and what was taken first is in order."""
    letters = world.shelf.letters
    for place, (codigo, _, _) in world.messages.items():
        for downstream in (world.a, world.b):
            copies = downstream.taken.count(place)
            if downstream.name not in TO[codigo]:
                assert copies == 0
            elif place not in world.in_trouble and place not in downstream.unsure:
                assert copies == 1 or (copies == 0 and place in letters), (place, downstream.name, copies)
            else:
                assert copies >= 1 or place in letters, (place, downstream.name)
        if codigo == 999:
            assert place in letters
    if not ordered:
        return
    for downstream in (world.a, world.b):
        by_key: dict[tuple[str, int, int], list[int]] = defaultdict(list)
        for name, offset in dict.fromkeys(downstream.taken):
            codigo, truck, _ = world.messages[(name, offset)]
            if codigo in ORDERED and (name, offset) not in letters:  # what is dead keeps no order
                by_key[(name, codigo, truck)].append(offset)
        for key, offsets in by_key.items():
            assert offsets == sorted(offsets), (downstream.name, key, offsets)


def check_ledgers(world: "World") -> None:
    """No ledger outgrows its bound."""
    for name, size in world.ledgers.sizes().items():
        assert size <= MOST_LEDGER_BYTES, (name, size)

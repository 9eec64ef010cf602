"""A process that stood still past its deadline goes on while others have its partitions: it may settle nothing."""

import pytest

from tests.simulation.histories.plants import planted
from tests.simulation.world.mapping import Mapping
from tests.simulation.world.steps import Happening
from tests.simulation.world.world import World

CALLS = 8
"""Calls of an invocation of two records, from its claim to its settlement, and some more."""


def _play(call: int) -> World:
    """Let the first invocation stand still before a call, while the mapping goes on; then another poller begin."""
    world, mapping = World([(0, 302, 0)] * 6, {}, {call: Happening.STALLED}), Mapping("failed", 2)
    offsets = [record["offset"] for record in world.records["t-0"]]
    for offset in offsets:
        mapping.appended("t-0", offset)
    world.b.poison = {("t-0", offsets[2])}
    world.deliver(mapping, mapping.next_batch(0))
    world.b.poison = set()
    mapping.fail_over({"t-0": offsets})
    while batch := mapping.next_batch(0):
        world.deliver(mapping, batch)
        world.ms += 1_000
    return world


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
@pytest.mark.parametrize("call", range(CALLS))
def test_a_process_that_lost_its_lease_forgets_nothing_that_others_did(call: int) -> None:
    """Whichever call it stood still at: what others dispatched in the meantime is sent a second time by nobody."""
    _play(call).check()


def test_a_settlement_without_the_lease_is_found() -> None:
    """The test above fails where whoever settles last wins."""
    broken = 0
    with planted("no-lease"):
        for call in range(CALLS):
            try:
                _play(call).check()
            except AssertionError:
                broken += 1
    assert broken

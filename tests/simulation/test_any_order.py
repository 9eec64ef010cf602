"""Deliveries in any order: Lambda's Queue mode, a poller that is replaced, whatever may come."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.fault import FaultKind
from tests.simulation.world.steps import Happening
from tests.simulation.world.world import World
from tests.support.examples import examples

CODES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([300, 301, 302, 999]), st.integers(0, 2)), min_size=1, max_size=24
)
FAULTS = st.lists(st.sampled_from([None, None, FaultKind.THROTTLED, FaultKind.TRANSIENT]), max_size=12)
PICKS = st.lists(st.lists(st.integers(0, 23), min_size=1, max_size=8), max_size=30)


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
@pytest.mark.parametrize("when_down", ["wait", "divert"])
@settings(max_examples=examples(300), deadline=None)
@given(CODES, FAULTS, FAULTS, st.sets(st.integers(0, 40), max_size=4), PICKS)
def test_records_that_come_in_any_order_all_arrive(
    when_down: str,
    codes: Sequence[tuple[int, int, int]],
    faults_a: list[Any],
    faults_b: list[Any],
    crashes: set[int],
    picks: list[list[int]],
) -> None:
    """Whatever subsets of a log are delivered, in whatever order and however often, with crashes in between: no record
    passes for a duplicate that was not dispatched, and none is dispatched twice that no crash explains."""
    world = World(
        codes, {"a": faults_a, "b": faults_b}, dict.fromkeys(crashes, Happening.CRASH_AFTER), when_down=when_down
    )
    logs = {name: [record["offset"] for record in log] for name, log in world.records.items()}
    left = {(name, offset) for name, offsets in logs.items() for offset in offsets}

    def deliver(batch: dict[str, list[int]]) -> None:
        failed = world.invoke(batch)
        for name, offsets in batch.items():
            for offset in offsets:
                if offset in failed.get(name, ()):
                    left.add((name, offset))
                else:
                    left.discard((name, offset))
        world.drain()

    for pick in picks:
        batch = {
            name: sorted({offsets[place % len(offsets)] for place in pick}) for name, offsets in logs.items() if offsets
        }
        deliver(batch)
    for _ in range(400):
        if not left and not world.hold.messages:
            break
        deliver({name: sorted(offset for where, offset in left if where == name) for name in {n for n, _ in left}})
        world.ms += 3_000
    assert not left and not world.hold.messages
    world.check(ordered=False)

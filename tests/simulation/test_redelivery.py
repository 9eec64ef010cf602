"""The promises of the dispatcher as a whole, whatever fails and however the mapping redelivers."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comboio.drain.give_up import GiveUp
from dispatcher.fault import FaultKind
from tests.simulation.world import START, Retry, World

FAULTS = st.lists(
    st.sampled_from([None, None, FaultKind.THROTTLED, FaultKind.TRANSIENT, FaultKind.PERMANENT]), max_size=25
)
CODES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([300, 300, 301, 301, 302, 999]), st.integers(0, 2)),
    min_size=1,
    max_size=24,
)
RETRY = st.sampled_from(["failed", "lowest", "batch"])
TURNS = st.lists(st.integers(0, 9), max_size=8)
REFUSALS = st.lists(st.booleans(), max_size=5)
DRAINS = st.lists(st.booleans(), max_size=30)
WHEN_DOWN = pytest.mark.parametrize("when_down", ["wait", "divert"])


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
@WHEN_DOWN
@settings(max_examples=300, deadline=None)
@given(CODES, FAULTS, FAULTS, REFUSALS, REFUSALS, st.integers(1, 12), RETRY, TURNS, DRAINS)
def test_each_record_is_dispatched_once_and_in_order(
    when_down: str,
    codes: Sequence[tuple[int, int, int]],
    faults_a: list[Any],
    faults_b: list[Any],
    dead: list[bool],
    hold: list[bool],
    size: int,
    retry: Retry,
    turns: list[int],
    drains: list[bool],
) -> None:
    """Whatever the destinations answer and however the mapping retries, every record reaches each destination once
    (or the DLQ), and the order of a key holds; also through the hold queue, whenever it is drained."""
    world = World(codes, {"a": faults_a, "b": faults_b, "dead": dead, "hold": hold}, when_down=when_down)
    world.run(size, retry, turns, drains)
    world.check(twice=set())


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
@WHEN_DOWN
@settings(max_examples=300, deadline=None)
@given(CODES, FAULTS, FAULTS, st.sets(st.integers(0, 40), max_size=5), st.integers(1, 12), RETRY, TURNS, DRAINS)
def test_a_crash_repeats_only_its_own_batch(
    when_down: str,
    codes: Sequence[tuple[int, int, int]],
    faults_a: list[Any],
    faults_b: list[Any],
    crashes: set[int],
    size: int,
    retry: Retry,
    turns: list[int],
    drains: list[bool],
) -> None:
    """A crash at any write loses nothing, and repeats only records of the batch that crashed."""
    world = World(codes, {"a": faults_a, "b": faults_b}, sorted(crashes), when_down=when_down)
    world.run(size, retry, turns, drains)
    world.check(twice=world.in_crashed)


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
@settings(max_examples=100, deadline=None)
@given(
    CODES,
    FAULTS,
    FAULTS,
    st.sets(st.integers(0, 40), max_size=3),
    st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from([(), ("300",), ("302",)])), max_size=3),
    st.integers(1, 12),
    RETRY,
    TURNS,
    DRAINS,
)
def test_giving_up_takes_nothing_else_with_it(
    codes: Sequence[tuple[int, int, int]],
    faults_a: list[Any],
    faults_b: list[Any],
    crashes: set[int],
    orders: list[tuple[int, tuple[str, ...]]],
    size: int,
    retry: Retry,
    turns: list[int],
    drains: list[bool],
) -> None:
    """Whenever an operator gives up what waits, and whatever crashes, a record is delivered or in the DLQ; the
    order of the others holds, and none that was given up reaches its destination too unless a crash explains it."""
    world = World(codes, {"a": faults_a, "b": faults_b}, sorted(crashes), when_down="divert")
    world.orders.given["b"] = [GiveUp(START + ms, START + ms, codes=given) for ms, given in orders]
    world.run(size, retry, turns, drains)
    world.check(twice=world.in_crashed)
    for place, reason in zip(world.shelf.letters, world.shelf.reasons, strict=True):
        if reason == "given_up" and place not in world.in_crashed:
            assert world.b.taken.count(place) == 0 and world.shelf.letters.count(place) == 1

"""The promises of the dispatcher as a whole, whatever fails and however the mapping redelivers."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comboio.drain.give_up import GiveUp
from dispatcher.fault import FaultKind
from tests.simulation.world.mapping import Retry
from tests.simulation.world.steps import Happening
from tests.simulation.world.world import START, World
from tests.support.examples import examples

FAULTS = st.lists(
    st.sampled_from([None, None, FaultKind.THROTTLED, FaultKind.TRANSIENT, FaultKind.PERMANENT]), max_size=25
)
CODES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([300, 300, 301, 301, 302, 303, 999]), st.integers(0, 2)),
    min_size=1,
    max_size=24,
)
RETRY = st.sampled_from(["failed", "lowest", "batch"])
TURNS = st.lists(st.integers(0, 9), max_size=8)
REFUSALS = st.lists(st.booleans(), max_size=5)
BETWEEN = st.lists(st.integers(0, 4), max_size=30)
HAPPENINGS = st.dictionaries(st.integers(0, 120), st.sampled_from(Happening), max_size=6)
WRITES = st.dictionaries(
    st.integers(0, 120), st.sampled_from([Happening.CRASH_BEFORE, Happening.CRASH_AFTER, Happening.LOST]), max_size=3
)
WHEN_DOWN = pytest.mark.parametrize("when_down", ["wait", "divert"])


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
@WHEN_DOWN
@settings(max_examples=examples(300), deadline=None)
@given(CODES, FAULTS, FAULTS, REFUSALS, REFUSALS, st.integers(1, 12), RETRY, TURNS, BETWEEN)
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
    between: list[int],
) -> None:
    """Whatever the destinations answer and however the mapping retries, every record reaches each destination once
    (or the DLQ), and the order of a key holds; also through the hold queue, whenever it is drained."""
    world = World(codes, {"a": faults_a, "b": faults_b, "dead": dead, "hold": hold}, when_down=when_down)
    world.run(size, retry, turns, between)
    world.check()


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
@WHEN_DOWN
@settings(max_examples=examples(400), deadline=None)
@given(CODES, FAULTS, FAULTS, HAPPENINGS, st.integers(1, 12), RETRY, TURNS, BETWEEN)
def test_whatever_happens_at_any_step_loses_nothing(
    when_down: str,
    codes: Sequence[tuple[int, int, int]],
    faults_a: list[Any],
    faults_b: list[Any],
    happenings: dict[int, Happening],
    size: int,
    retry: Retry,
    turns: list[int],
    between: list[int],
) -> None:
    """A crash, a refusal, a lost answer, a call carried out in part, a process that stands still and goes on after
    others took over, and a clock that jumps, at any call of a store, a queue or a destination: nothing is lost, the
    order of a key holds, and only what had to do with it arrives twice."""
    world = World(codes, {"a": faults_a, "b": faults_b}, happenings, when_down=when_down)
    world.run(size, retry, turns, between)
    world.check()


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
def test_a_batch_without_an_answer_comes_again_whole_and_so_keeps_its_order() -> None:
    """Where the ledger does not answer, nothing is noted of what was delivered: the order of keys rests on the mapping,
    which delivers a batch again as it was, before any other, when an invocation has failed."""
    codes = [(0, 301, 0), (0, 300, 2), (1, 300, 2), (0, 302, 0), (1, 999, 0), (0, 999, 1), (0, 301, 2), (0, 301, 2)]
    throttled, transient = FaultKind.THROTTLED, FaultKind.TRANSIENT
    faults: dict[str, list[Any]] = {"a": [throttled, None, throttled], "b": [throttled, throttled, transient]}
    world = World(codes, faults, {20: Happening.REFUSED})
    world.run(2, "failed", [7, 7, 7, 5, 6])
    assert world.steps.happened == [Happening.REFUSED] and world.errors == 1
    world.check()


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
def test_a_dead_record_keeps_no_order() -> None:
    """A record that one destination refuses is a dead letter, and later ones of its key go on; where the settlement of
    that batch is lost, it comes again, and another destination may take it after them."""
    throttled, transient = FaultKind.THROTTLED, FaultKind.TRANSIENT
    faults: dict[str, list[Any]] = {
        "a": [transient, transient, FaultKind.PERMANENT],
        "b": [throttled, throttled, None, throttled],
    }
    world = World([(0, 300, 1), (0, 300, 1), (0, 300, 0)], faults, {11: Happening.REFUSED}, when_down="divert")
    world.run(9, "lowest", [], [2, 3])
    assert world.steps.happened == [Happening.REFUSED] and world.shelf.letters
    world.check()


@pytest.mark.robustness("a simulated world: any batches, outcomes, crashes, redeliveries and overtaking")
@settings(max_examples=examples(100), deadline=None)
@given(
    CODES,
    FAULTS,
    FAULTS,
    WRITES,
    st.lists(st.tuples(st.integers(0, 20_000), st.sampled_from([(), ("300",), ("302",)])), max_size=3),
    st.integers(1, 12),
    RETRY,
    TURNS,
    BETWEEN,
)
def test_giving_up_takes_nothing_else_with_it(
    codes: Sequence[tuple[int, int, int]],
    faults_a: list[Any],
    faults_b: list[Any],
    happenings: dict[int, Happening],
    orders: list[tuple[int, tuple[str, ...]]],
    size: int,
    retry: Retry,
    turns: list[int],
    between: list[int],
) -> None:
    """Whenever an operator gives up what waits, and whatever crashes, a record is delivered or in the DLQ; the
    order of the others holds, and none that was given up reaches its destination too unless a crash explains it."""
    world = World(codes, {"a": faults_a, "b": faults_b}, happenings, when_down="divert")
    world.orders.given["b"] = [GiveUp(START + ms, START + ms, codes=given) for ms, given in orders]
    world.run(size, retry, turns, between)
    world.check()
    letters = list(zip(world.shelf.letters, world.shelf.reasons, strict=True))
    for place, reason in letters:  # it may have another one, of a destination that refused it
        if reason == "given_up" and place not in world.in_trouble:
            assert world.b.taken.count(place) == 0 and letters.count((place, reason)) == 1

"""Any history of the hold queue: destinations that go and come, drainers that crash or lose answers, clocks that jump.

What comes next is chosen step by step, so that a history that fails is shrunk to the few steps that matter. The
promises are those of docs/guarantees.md, as `promises` has them.
"""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.simulation.world.downstream import Trouble
from tests.simulation.world.mapping import Mapping
from tests.simulation.world.steps import Happening
from tests.simulation.world.tables import TO
from tests.simulation.world.world import World
from tests.support.examples import examples

CODES = st.sampled_from([300, 300, 300, *sorted(TO)])
"""Mostly the one that keeps an order and goes to both destinations."""


TROUBLES = st.sampled_from([Trouble.DOWN, Trouble.DOWN, Trouble.FLAP, Trouble.LOSE, Trouble.THROTTLE, None, None])

HAPPENS = st.none() | st.tuples(st.integers(1, 12), st.sampled_from(Happening))


class Holding(RuleBasedStateMachine):
    """A partition whose records are diverted and drained, in order where their route asks for it."""

    def __init__(self) -> None:
        super().__init__()
        self.script = {-1: Happening.MEANWHILE}  # a world makes another one of an empty script
        self.world = World([], {}, self.script, when_down="divert")
        self.mapping = Mapping("failed", 4)

    @initialize(codes=st.lists(CODES, min_size=3, max_size=8))
    def begin(self, codes: list[int]) -> None:
        """Begin with a destination that is down, and records that it should have."""
        self.produce(codes, Trouble.DOWN, refused=False, happens=None)

    @rule(codes=st.lists(CODES, min_size=2, max_size=6), trouble=TROUBLES, refused=st.booleans(), happens=HAPPENS)
    def produce(
        self, codes: list[int], trouble: Trouble | None, refused: bool, happens: tuple[int, Happening] | None
    ) -> None:
        """Append records of one truck, and deliver them; some may be such as the destination will never take."""
        self.world.b.trouble = trouble
        self.happen(happens)
        for codigo in codes:
            place = self.world.produce(0, codigo, 0)
            if refused and codigo != 300:
                self.world.b.refused.add(place)
            self.mapping.appended("t-0", place[1])
        for _ in range(2):
            self.deliver()

    def deliver(self) -> None:
        """Deliver a batch: what failed comes again, with what is new."""
        if batch := self.mapping.next_batch(0):
            self.world.deliver(self.mapping, batch)

    @rule(times=st.integers(1, 4), most=st.integers(1, 3), trouble=TROUBLES, happens=HAPPENS)
    def drain(self, times: int, most: int, trouble: Trouble | None, happens: tuple[int, Happening] | None) -> None:
        """Let the drainer look some times, a minute apart."""
        self.world.b.trouble = trouble
        self.happen(happens)
        for _ in range(times):
            self.world.ms += 61_000
            self.world.drain(most)

    def happen(self, happens: tuple[int, Happening] | None) -> None:
        """Have something happen at one of the next calls of a store, a queue or a destination."""
        if happens is not None:
            self.script[self.world.steps.taken + happens[0]] = happens[1]

    def teardown(self) -> None:
        """Once all is well everything arrives, and each promise was kept on the way."""
        self.script.clear()
        for down in self.world.destinations.values():
            down.trouble = None
        for _ in range(60):
            if not (batch := self.mapping.next_batch(0)):
                break
            self.world.ms += 60_000
            self.world.deliver(self.mapping, batch)
            self.world.drain()
        else:
            raise AssertionError("the batches never came to an end")
        self.world.empty()
        self.world.check()


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_whatever_happens_what_is_held_arrives_in_order() -> None:
    """Nothing is lost or stuck, a key's first arrivals are in order, and what comes twice had trouble."""
    run_state_machine_as_test(
        Holding, settings=settings(max_examples=examples(60), stateful_step_count=15, deadline=None)
    )

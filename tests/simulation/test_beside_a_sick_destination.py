"""What a healthy destination has of the trouble of another one, in whole histories."""

from dataclasses import replace

import pytest

from tests.simulation.histories.play import History
from tests.simulation.histories.scenario import Act, Scenario, scenario
from tests.simulation.world.downstream import Trouble

SEEDS = 25
CONCERNED = {Act.PRODUCE, Act.PRODUCE_TWICE, Act.DELIVER, Act.DRAIN}
"""What happens in both histories alike. Nothing else goes wrong in them: a crash would hit each at another call."""

TROUBLES = [trouble for trouble in Trouble if trouble is not Trouble.STALL]
"""A simulated process makes one call after the other, so one that hangs takes the time of all. In real threads it does
not: `test_one_dead_destination_costs_the_others_nothing`."""


def without_other_trouble(seed: int) -> Scenario:
    """Return the history of a seed in which nothing goes wrong."""
    whole = scenario(seed)
    steps = tuple(step for step in whole.steps if step.act in CONCERNED)
    return replace(whole, when_down="divert", any_order=False, steps=steps, happenings={})


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name.lower())
def test_a_healthy_destination_is_as_far_beside_a_sick_one(trouble: Trouble) -> None:
    """After each step of a history, a destination has all that it would have by then if the other one were well."""
    for seed in range(SEEDS):
        well, sick = History(without_other_trouble(seed)), History(without_other_trouble(seed))
        sick.world.b.trouble = trouble
        for number, step in enumerate(well.scenario.steps):
            for history in (well, sick):
                history.perform(step)
            missing = set(well.world.a.taken) - set(sick.world.a.taken)
            assert missing == set(), f"seed {seed}, step {number}"

"""What goes wrong in the demo, and when."""

from hypothesis import given
from hypothesis import strategies as st

from local.demo.plan import Plan, steps


@given(st.floats(8, 86_400), st.lists(st.floats(0, 90_000), max_size=20))
def test_every_step_comes_once_and_in_order(duration_s: float, looks: list[float]) -> None:
    """However seldom one looks."""
    plan = Plan(steps(duration_s))
    taken = [step.name for at in [*sorted(looks), 90_000.0] for step in plan.due(at)]
    assert taken == [step.name for step in steps(duration_s)]


@given(st.floats(8, 86_400))
def test_the_steps_are_over_early_and_the_throttle_ends(duration_s: float) -> None:
    """Half of the run is left for the backlog, and nothing stays throttled."""
    planned = steps(duration_s)
    assert [step.at_s for step in planned] == sorted(step.at_s for step in planned)
    early = [step for step in planned if step.name not in ("die", "recover")]
    assert early[-1].at_s < duration_s / 2
    died, recovered = (next(step.at_s for step in planned if step.name == name) for name in ("die", "recover"))
    assert early[-1].at_s < died and abs(recovered - died - duration_s / 3) < duration_s / 100
    names = [step.name for step in planned]
    assert names.index("throttle") < names.index("unthrottle")

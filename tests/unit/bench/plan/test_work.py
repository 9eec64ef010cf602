"""A batch's time of its own is found again behind the time that it took beside others."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.plan.history import Invocation
from bench.plan.work import Sharing, alone_s, sharing_of
from tests.support.examples import examples


def shared(works: list[tuple[float, float]], sharing: Sharing) -> list[Invocation]:
    """Return what batches that begin at a time with so much work take beside one another, step by step."""
    step, at, left = 1e-3, 0.0, dict(enumerate(works))
    ended: dict[int, float] = {}
    while left:
        running = [number for number, (begins, _) in left.items() if begins <= at + step / 2]
        fast = sharing.speed(at + step / 2, len(running)) if running else 1.0
        at += step
        for number in running:
            begins, work = left[number]
            left[number] = (begins, work - step * fast)
            if left[number][1] <= 0:
                ended[number] = at
                del left[number]
    return [Invocation(str(n), begins, ended[n], 1_000, 1_000, clean=True) for n, (begins, _) in enumerate(works)]


@settings(max_examples=examples(20), deadline=None)
@given(
    works=st.lists(st.tuples(st.floats(0, 2), st.floats(0.1, 1)), min_size=1, max_size=6),
    batch_cores=st.floats(0.5, 2),
    beside=st.floats(0, 1),
)
def test_what_sharing_cost_is_taken_out(works: list[tuple[float, float]], batch_cores: float, beside: float) -> None:
    """Whatever overlaps, and whatever else runs: each batch has the time again that it would have had alone."""
    sharing = Sharing(2.0, batch_cores, beside / 1_000, 1_000, 1.5)
    took = shared(works, sharing)
    for invocation, (_, work) in zip(took, works, strict=True):
        assert alone_s(invocation, took, sharing) == pytest.approx(work, abs=0.02)


@pytest.mark.parametrize("batch_cores", [0.8, 1.2, 1.6])
def test_the_cores_of_a_batch_are_found_by_what_was_taken(batch_cores: float) -> None:
    """The seconds that the batches took, and their times, say how many cores one keeps busy."""
    works = [(0.3 * n, 0.5) for n in range(10)]
    took = shared(works, Sharing(2.0, batch_cores, 1e-4, 2_000, 4.0))
    taken = (batch_cores * sum(work for _, work in works), 1e-4 * 2_000 * 4.0)
    found = sharing_of(took, 2.0, taken, 2_000, 4.0)
    assert found.batch_cores == pytest.approx(batch_cores, rel=0.05)
    assert found.arrival_core_s == pytest.approx(1e-4)


def test_no_run_says_that_a_batch_keeps_all_the_machine_busy() -> None:
    """A machine that others had makes the cores of a batch unknowable; they stay within what one can do."""
    took = [Invocation("A", 0.0, 1.0, 10, 10, clean=True), Invocation("B", 0.0, 1.0, 10, 10, clean=True)]
    assert sharing_of(took, 0.5, (50.0, 1.0), 100, 1.0).batch_cores <= 2.0

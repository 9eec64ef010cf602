"""The simulation loses no record, gives a partition one batch at a time, and agrees with the formulas."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plan.simulate.arrivals import Arrivals
from plan.simulate.run import Simulation
from plan.simulate.world import Crash, InVain, Pause, Reader, World
from plan.sizing.lag import backlog
from tests.support.examples import examples


def world(rate: float = 1_000, partitions: int = 4, pollers: int = 1, **changes: object) -> World:
    """Return a world in which every partition gets its share of the rate for ten seconds."""
    usual: dict[str, object] = {
        "arrivals": [Arrivals([(0.0, rate / partitions), (10.0, 0.0)]) for _ in range(partitions)],
        "readers": [Reader(tuple(range(number, partitions, pollers)), 5) for number in range(pollers)],
        "batch_s": 0.03,
        "message_s": 1e-4,
        "window_s": 0.5,
        "most_records": 10_000,
    }
    return World(**(usual | changes))  # type: ignore[arg-type]


def test_arrivals_are_a_line_that_bends() -> None:
    """Counts and times belong together, before, on and after a bend."""
    line = Arrivals([(0.0, 100.0), (10.0, 0.0), (20.0, 50.0)])
    assert [line.by(at) for at in (0, 5, 10, 15, 20, 22)] == [0, 500, 1_000, 1_000, 1_000, 1_100]
    assert line.when(500) == 5
    assert line.when(1_050) == 21


@settings(max_examples=examples(25), deadline=None)
@given(
    rate=st.floats(10, 50_000),
    partitions=st.integers(1, 8),
    readers=st.integers(1, 3),
    window=st.floats(0, 2),
    cores=st.floats(0.2, 4),
)
def test_nothing_is_lost_or_made(rate: float, partitions: int, readers: int, window: float, cores: float) -> None:
    """When all is drained, as much is done as came; and never more than came before."""
    readers = min(readers, partitions)
    run = Simulation(world(rate, partitions, readers, window_s=window, cores=cores))
    run.until(10)
    assert run.drained(10_000) is not None
    assert run.points[-1].done == pytest.approx(rate * 10, abs=partitions)
    assert all(point.done <= point.came + 1e-6 for point in run.points)


def test_a_quiet_topic_waits_for_its_window() -> None:
    """What comes waits for the window, and then for its batch: the lag at the end is a window's worth and a batch's."""
    run = Simulation(world(rate=1_000, partitions=1, window_s=0.5))
    run.until(10)
    assert run.at(10).lag <= 1_000 * (0.5 + 0.03 + 0.05 + 0.6)
    assert run.batches == pytest.approx(10 / 0.53, rel=0.3)


def test_one_partition_is_as_fast_as_one_environment() -> None:
    """Twice what one environment does comes into one partition: half of it is behind, at any concurrency."""
    fast = 1 / 1e-4
    run = Simulation(world(rate=2 * fast, partitions=1, batch_s=0.0))
    run.until(10)
    assert run.at(10).lag == pytest.approx(fast * 10, rel=0.1)


def test_cores_are_shared() -> None:
    """Four batches at a time on one core take four times as long: the whole is as fast as the core."""
    run = Simulation(world(rate=40_000, partitions=4, pollers=4, batch_s=0.0, cores=1.0, most_records=500))
    run.until(10)
    assert run.at(10).done == pytest.approx(10_000 * 10, rel=0.1)


def test_what_brings_the_records_shares_the_cores() -> None:
    """Half of a core goes to what comes: batches have the other half until nothing comes any more, then all of it."""
    run = Simulation(world(10_000, 1, batch_s=0.0, window_s=0.0, cores=1.0, most_records=100, arrival_core_s=1e-4))
    run.until(10)
    assert run.at(10).done == pytest.approx(10_000 * 10 / 2, rel=0.05)
    run.until(12)
    assert run.at(12).done - run.at(10).done == pytest.approx(10_000 * 2, rel=0.05)


def test_a_batch_may_keep_more_than_a_core_busy() -> None:
    """Two batches of 1.5 cores each on two cores run at two thirds of their speed, and one alone at its own."""
    given = {"batch_s": 0.0, "window_s": 0.0, "cores": 2.0, "most_records": 100, "batch_cores": 1.5}
    for partitions, part in ((1, 1.0), (2, 2 / 3)):
        run = Simulation(world(40_000, partitions, partitions, **given))
        run.until(10)
        assert run.at(10).done == pytest.approx(partitions * 10_000 * 10 * part, rel=0.05)


def test_it_drains_as_the_formula_says() -> None:
    """After five seconds without reading, the backlog goes in the time that the fluid formula calculates."""
    rate, per_s = 4_000.0, 10_000.0
    given = world(
        rate=rate,
        partitions=1,
        batch_s=0.0,
        window_s=0.0,
        most_records=1_000,
        arrivals=[Arrivals([(0.0, rate)])],
        pauses=[Pause(0.0, 5.0)],
    )
    run = Simulation(given)
    run.until(5)
    formula = backlog(rate, 0.0, 5.0, rate, [1.0], per_s, per_s)
    assert run.at(5).lag == pytest.approx(formula.records)
    assert formula.drained_s is not None
    run.until(5 + 0.95 * formula.drained_s)
    before = run.at(run.now).lag
    run.until(5 + 1.2 * formula.drained_s)
    assert before > run.at(run.now).lag
    assert run.at(run.now).lag <= 1_000


def test_a_crash_holds_its_partitions_and_loses_nothing() -> None:
    """The batch that crashes is not done; its partitions wait for the lease, and its records come again."""
    run = Simulation(world(rate=1_000, crashes=[Crash(1.0, 0, 4.0)]))
    run.until(10)
    idle = max(after.at - before.at for before, after in zip(run.points, run.points[1:], strict=False))
    assert idle == pytest.approx(4.0, abs=0.7)
    assert run.drained(100) is not None
    assert run.points[-1].done == pytest.approx(10_000, abs=4)


def test_a_reader_that_dies_leaves_its_batch_to_the_next_one() -> None:
    """What it had under way is held for its lease, and then read by the reader that came."""
    partitions = tuple(range(4))
    readers = [Reader(partitions, 1, 0.0, 3.0), Reader(partitions, 1, 3.0)]
    run = Simulation(world(rate=1_000, readers=readers, batch_s=1.0, lease_s=4.0))
    run.until(10)
    assert run.drained(100) is not None
    assert run.points[-1].done == pytest.approx(10_000, abs=4)


def mean_lag(run: Simulation) -> float:
    """Run until all is done, and return the lag over the ten seconds in which records come."""
    run.until(10)
    assert run.drained(100) is not None
    assert run.points[-1].done == pytest.approx(10_000, abs=4)
    return sum(run.at(step / 10).lag for step in range(100)) / 100


def test_batches_that_find_nothing_to_do_take_time() -> None:
    """While partitions are leased to another, their reader invokes for them in vain, and its others wait for that."""
    readers, crash = [Reader((0, 1), 1), Reader((2, 3), 1)], Crash(1.0, 0, 6.0)

    def lag(cost: InVain | None) -> float:
        return mean_lag(Simulation(world(readers=readers, crashes=[crash], in_vain=cost, cores=0.3)))

    assert lag(InVain(0.5, 0.0, 0.1)) > 1.05 * lag(InVain(0.001, 0.0, 0.1))
    assert lag(InVain(0.001, 0.0, 0.1)) == pytest.approx(lag(None), rel=0.05)


def test_batches_that_come_twice_are_done_once() -> None:
    """The second time takes as long as a batch that finds nothing to do, and counts for nothing."""
    cost = InVain(0.7, 0.0, 0.1)
    once, twice = (
        Simulation(world(partitions=1, readers=[Reader((0,), 1, twice=count)], in_vain=cost)) for count in (0, 3)
    )
    assert mean_lag(twice) > mean_lag(once)
    assert twice.batches < once.batches

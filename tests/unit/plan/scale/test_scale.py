"""Knees: what carries how much follows from what was measured and from AWS's limits."""

from dataclasses import replace

import pytest

from charts.section import Table
from plan.scale.grid import KEEPS_UP, Cell, cell
from plan.scale.knees import met_at, ways
from plan.scale.limits import limits
from plan.scale.tables import markdown
from plan.sizing.service import service
from tests.support.traffic import MEASURED, profile

FLEET = profile()
SERVICE = service(FLEET, MEASURED)


def carried(partitions: int, rate: float) -> Cell:
    """Calculate and simulate a topic."""
    return cell(FLEET, SERVICE, partitions, rate)


@pytest.mark.parametrize(("partitions", "rate"), [(1, 10_000), (12, 100_000)])
def test_what_has_room_by_the_formula_keeps_up_in_the_simulation(partitions: int, rate: float) -> None:
    """Formula and simulation agree that a partition with room carries what comes."""
    found = carried(partitions, rate)
    assert found.load < 1
    assert found.simulated.carried >= KEEPS_UP


def test_what_falls_behind_by_the_formula_does_so_in_the_simulation() -> None:
    """A partition that gets twice what it carries gets half of it done, in either."""
    found = carried(1, 30_000)
    assert found.load > 2
    assert found.simulated.carried == pytest.approx(1 / found.load, rel=0.05)


def test_more_partitions_never_carry_less() -> None:
    """Of the same messages, more partitions leave less for the hottest."""
    loads = [carried(partitions, 100_000).load for partitions in (1, 12, 48)]
    assert loads == sorted(loads, reverse=True)


def test_the_busiest_poller_has_room_unless_it_has_one_partition() -> None:
    """Two hot partitions never share the bytes of one poller that cannot read both."""
    for partitions, rate in ((12, 13_000), (12, 130_000), (48, 130_000)):
        found = carried(partitions, rate)
        together = -(-partitions // found.pollers.maximum)
        assert together == 1 or together * found.hottest <= 5_000_000 / 350


def test_a_ledger_is_written_by_the_batch_and_not_by_the_message() -> None:
    """Ten times the messages in as many batches write as much."""
    few, many = carried(12, 1_000), carried(12, 10_000)
    assert many.writes == pytest.approx(few.writes, rel=0.01)


def test_each_limit_is_met_where_its_use_reaches_it() -> None:
    """At the rate of the knee the way uses what the limit allows, and less work a message moves it up."""
    for limit in limits():
        for way in ways(MEASURED).values():
            rate = met_at(limit, way, 200)
            used = {
                "environment": rate / way.work.speed(way.batch),
                "bytes": rate * 350,
                "calls": rate / way.messages_a_call,
                "writes": rate * way.work.writes_a_message,
                "pollers": rate * 350 / 5_000_000,
            }
            assert used[limit.of] == pytest.approx(limit.value)
    slower = ways(replace(MEASURED, packed=replace(MEASURED.packed, message_s=1.0)))
    concurrency = next(limit for limit in limits() if limit.of == "environment")
    assert met_at(concurrency, slower["packed"], 200) < met_at(concurrency, ways(MEASURED)["packed"], 200)


def test_each_limit_has_its_source() -> None:
    """A limit without a page to look it up is somebody's memory."""
    assert all(each.source.startswith("https://docs.aws.amazon.com/") for each in limits())


def test_a_table_is_written_as_markdown() -> None:
    """The page and the terminal have the same cells."""
    assert markdown(Table([["a", "b"], ["1", "2"]])) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"

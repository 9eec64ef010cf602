"""Which metrics a batch has, and that nothing makes them more."""

from collections import Counter
from collections.abc import Sequence
from itertools import cycle
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comboio.destination_state.state import Permission
from comboio.ledger.ledger import Incomplete, Ledger
from comboio.routing.router import Router
from comboio.routing.table import RoutingTable, load
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.metrics import MOST_NAMES, MOST_VALUES, OTHER, REASONS, MetricSet, batch_metrics, drain_metrics
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Outcome, Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import Permissions
from dispatcher.send.traffic import Traffic
from tests.support.dispatcher import NOW, THROTTLED, TRANSIENT, Downstream, parcel, record


def table(size: int) -> RoutingTable:
    """Return a table of so many routes, each to a destination of its own."""
    parts = [
        f'[destinations.d{n}]\ntype = "sqs"\n[[routes]]\nname = "r{n}"\nto = ["d{n}"]\ncodigos = [{n}]'
        for n in range(size)
    ]
    return load("version = 1\n" + "\n".join(parts) + '\n[default]\nto = ["dead_letter"]', {})


def outlets(size: int) -> Outlets:
    """Such a table, ready."""
    return Outlets(Router(table(size)), {f"d{n}": DestinationState(Downstream(f"d{n}")) for n in range(size)})


def routed(net: Outlets, size: int) -> list[Parcel]:
    """Parcels over all routes."""
    ways = (*net.router.table.routes, net.router.table.fallback)
    return [parcel(offset, way) for offset, way in zip(range(size), cycle(ways), strict=False)]


def report(net: Outlets, parcels: Sequence[Parcel]) -> BatchReport:
    """Return what a batch of these parcels came to, with a call for each destination."""
    made = BatchReport(records=len(parcels), partitions=1, outlets=net)
    made.arrived({"t-0": [one.record for one in parcels]}, NOW, late_after_ms=30_000)
    made.concluded(parcels)
    traffic = {name: Traffic() for name in net.states}
    for passed in traffic.values():
        passed.calls, passed.messages = 1, 2
        passed.answered([None], 0.005)
    made.traffic = traffic
    return made


def values(sets: Sequence[MetricSet], name: str, **dimensions: str) -> list[float]:
    """Return the values of a metric of exactly these dimensions."""
    return [value for where, metrics in sets if where == dimensions for value in metrics[name].values]


def test_a_batch_is_measured_by_route_destination_and_reason() -> None:
    """Every outcome is counted for the batch and for its route, calls for their destination, the dead by reason."""
    net = outlets(2)
    parcels = routed(net, 9)  # three each of r0, r1 and default
    for one in parcels:
        one.outcome = Outcome.DISPATCHED
    parcels[1].outcome = Outcome.FAILED
    parcels[4].outcome = Outcome.DUPLICATE
    for one in parcels[2::3]:
        one.dead_letter("unroutable", "no route")
    made = report(net, parcels)
    made.took_ms, made.duplicates = 12.34, 4
    sets = list(batch_metrics(made))
    assert values(sets, "RecordsIn") == [9]
    assert [values(sets, name)[0] for name in ("Dispatched", "Failed", "Dead", "Duplicates")] == [4, 1, 3, 5]
    assert values(sets, "BatchTime") == [12.3]
    assert values(sets, "KafkaToLambdaTime") == [1_000] * 9
    assert (values(sets, "Dispatched", route="r0"), values(sets, "Failed", route="r1")) == ([3], [1])
    assert values(sets, "Duplicates", route="r1") == [1]
    assert values(sets, "Dead", route="default") == values(sets, "Dead", reason="unroutable") == [3]
    assert values(sets, "Messages", destination="d1") == [2]
    assert values(sets, "SendLatency", destination="d1") == [5.0]


def test_a_destinations_health_is_measured() -> None:
    """A circuit that is open is 1, a closed one 0; the limit is the calls that may be under way; trouble is counted."""
    net = outlets(2)
    for _ in range(10):
        net.states["d0"].circuit.failed(0.0)
    net.states["d0"].limit.throttled(0.0)
    made = report(net, [])
    made.traffic["d0"].answered([THROTTLED], 0.0)
    made.traffic["d0"].answered([TRANSIENT], 0.0)
    sets = list(batch_metrics(made))
    assert (values(sets, "BreakerOpen", destination="d0"), values(sets, "PaceLimit", destination="d0")) == ([1], [1])
    assert values(sets, "DestinationsDown") == [1]
    assert (values(sets, "BreakerOpen", destination="d1"), values(sets, "PaceLimit", destination="d1")) == ([0], [2])
    trouble = [values(sets, name, destination="d0") for name in ("FailedCalls", "ThrottledCalls")]
    assert trouble == [[1], [1]]
    assert "FailedCalls" not in next(metrics for where, metrics in sets if where == {"destination": "d1"})


def test_what_an_operator_paused_is_measured_while_it_is() -> None:
    """The number always, so that a graph falls to 0; each name while it is paused, and no more names than others."""
    net = outlets(300)
    made = report(net, [])
    assert values(list(batch_metrics(made)), "Paused") == [0]
    made.permitted(Permissions(dict.fromkeys(net.states, Permission.PAUSED), frozenset({"r0"})))
    sets = list(batch_metrics(made))
    assert values(sets, "Paused") == [301]
    assert values(sets, "Paused", route="r0") == [1]
    of_destinations = [metrics["Paused"] for where, metrics in sets if "destination" in where and "Paused" in metrics]
    assert len(of_destinations) == MOST_NAMES + 1
    assert sum(metric.values[0] for metric in of_destinations) == 300


def test_what_is_cut_off_is_not_paused() -> None:
    """An open circuit ends by itself; a pause does not."""
    made = report(outlets(2), [])
    made.permitted(Permissions({"d0": Permission.WAIT, "d1": Permission.PROBE}))
    assert values(list(batch_metrics(made)), "Paused") == [0]


def test_what_is_undone_has_its_number_and_its_age() -> None:
    """The fullest partition's undone offsets, and the age of the oldest, wherever it is."""
    made = BatchReport()
    made.left(
        [
            Ledger(0, 9, 0, {3: Incomplete(1, NOW - 9_000)}),
            Ledger(0, 9, 0, {}, ((1, 4),), NOW - 3_000),
            Ledger(0, 5),
        ],
        NOW,
    )
    sets = list(batch_metrics(made))
    assert (values(sets, "Pending"), values(sets, "LedgerAge")) == ([4], [9.0])


def test_names_beyond_the_bound_are_summed_up() -> None:
    """Of a table with hundreds of routes and destinations the first have metrics, and nothing of the others is lost."""
    net = outlets(300)
    parcels = routed(net, 903)
    for one in parcels:
        one.outcome = Outcome.DISPATCHED
    sets = list(batch_metrics(report(net, parcels)))
    for kind in ("route", "destination"):
        assert len({where[kind] for where, _ in sets if kind in where}) <= MOST_NAMES + 2
    dispatched = [values(sets, "Dispatched", route=where["route"])[0] for where, _ in sets if "route" in where]
    assert sum(dispatched) == 903
    assert values(sets, "Calls", destination=OTHER) == [300 - MOST_NAMES]
    assert len(values(sets, "SendLatency", destination=OTHER)) <= MOST_VALUES


ANYTHING = st.text(max_size=20)


@given(st.lists(st.tuples(ANYTHING, ANYTHING, st.integers(0, 2**31), st.sampled_from(Outcome)), max_size=50))
def test_no_message_makes_a_dimension(batch: list[tuple[str, str, int, Outcome]]) -> None:
    """Whatever topics, errors, reasons and codigos a batch has, its dimensions are among those of the table."""
    net = outlets(3)
    parcels = []
    for offset, (topic, error, codigo, outcome) in enumerate(batch):
        one = parcel(offset, net.router.route(topic, codigo))
        one.record.topic, one.outcome, one.error = topic, outcome, error
        reason: Any = topic
        one.reason = reason
        parcels.append(one)
    _bounded(list(batch_metrics(report(net, parcels))))


def test_a_flood_of_kinds_is_no_flood_of_metrics() -> None:
    """10,000 records of as many topics, codigos, errors and reasons have as many metrics as a handful."""
    net = outlets(3)
    parcels = []
    for number in range(10_000):
        one = parcel(number, net.router.route(f"topic-{number}", number))
        one.record = record(number)
        one.record.topic = f"topic-{number}"
        reason: Any = f"reason-{number}"
        one.dead_letter(reason, f"error-{number}")
        parcels.append(one)
    sets = list(batch_metrics(report(net, parcels)))
    _bounded(sets)
    assert values(sets, "Dead", reason=OTHER) == [10_000]
    assert sum(len(metric.values) for _, metrics in sets for metric in metrics.values()) < 200


def _bounded(sets: Sequence[MetricSet]) -> None:
    allowed = {"route": {"r0", "r1", "r2", "default"}, "destination": {"d0", "d1", "d2"}, "reason": REASONS | {OTHER}}
    for where, metrics in sets:
        assert all(value in allowed[kind] for kind, value in where.items())
        assert all(len(metric.values) <= MOST_VALUES for metric in metrics.values())
    assert max(Counter(str(where) for where, _ in sets).values()) == 1


def test_what_is_diverted_is_measured_by_destination() -> None:
    """Diverted messages count for their destination, also where no call went there; those beyond the bound as other."""
    net = outlets(300)
    made = report(net, [])
    made.traffic = {}
    made.diverted = {"d0": 7, "d298": 2, "d299": 3}
    sets = list(batch_metrics(made))
    assert values(sets, "Diverted", destination="d0") == [7]
    assert values(sets, "Calls", destination="d0") == [0]
    assert values(sets, "Diverted", destination=OTHER) == [5]


def test_a_drain_is_measured_by_destination() -> None:
    """Drained and dead records, and the oldest age, count for their destination and in all; what the table does not
    name, or names beyond the bound, counts as other."""
    made = DrainReport(messages=4, outlets=outlets(300))
    made.drained.update({"d0": 5, "d299": 1, "gone": 2})
    made.dead.update({"gone": 4})
    made.oldest_ms = {"d0": 9_000, "d1": 1_500, "gone": 60_000, "d299": 2_000}
    sets = list(drain_metrics(made))
    assert (values(sets, "Drained"), values(sets, "HoldMessages"), values(sets, "HoldOldestAge")) == ([8], [4], [60.0])
    assert values(sets, "Drained", destination="d0") == [5]
    assert values(sets, "HoldOldestAge", destination="d1") == [1.5]
    assert values(sets, "Drained", destination=OTHER) == [3]
    assert values(sets, "HoldOldestAge", destination=OTHER) == [60.0]
    assert values(sets, "Dead", destination=OTHER) == [4]
    assert {where["destination"] for where, _ in sets if where} == {"d0", "d1", OTHER}

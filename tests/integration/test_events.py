"""The events of events/: each is answered as its README says, and was recorded from a run that can be run again."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comboio.claims.memory import MemoryClaims
from comboio.clocks import Clocks
from comboio.contract.dead_letter import DeadLetter
from comboio.drain.memory import MemoryDrainStore
from comboio.invocation import Invocation
from comboio.ledger.memory import MemoryLedgerStore
from comboio.routing.router import Router
from comboio.routing.table import RoutingTable, load
from dispatcher.dispatch import Dispatcher, DispatchLimits
from dispatcher.intake.admission import AdmissionLimits
from dispatcher.parcel import Outcome
from dispatcher.response import Response
from dispatcher.routes.outlets import Outlets
from dispatcher.send.dead_letter_queue import DeadLetterQueue
from dispatcher.send.deliver import Delivery, Timeouts
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.gate import OpenGate
from local.adopt import contracts
from local.adopt.registry import served
from local.adopt.schemas import subjects
from local.recording.cases import cases
from local.recording.folder import EVENTS
from local.recording.run import record
from local.tool import ROOT
from tests.support.dispatcher import NOW, Downstream, FakeQueue, MemoryReporter
from tests.support.recorded_events import NAMES, Described, described, event

DEFAULT_TABLE = ROOT / "layers" / "comboio" / "comboio" / "routing" / "routes.toml"

QUEUES = {f"ROUTE_{name}_QUEUE_URL": f"https://sqs/{name}" for name in ("TELEMETRY", "EVENTS", "ALERTS")}

OF_DISPATCHER = [each for each in described() if each.name in NAMES]


class World:
    """A dispatcher, its ledgers and its destinations, in memory."""

    def __init__(self, table: RoutingTable, pool: ThreadPoolExecutor) -> None:
        self.queue, self.reporter = FakeQueue(), MemoryReporter()
        outlets = Outlets(Router(table), {name: DestinationState(Downstream(name)) for name in table.destinations})
        clocks = Clocks(lambda: NOW, lambda: NOW / 1000, lambda _: None)
        dlq = DeadLetterQueue("https://sqs/dlq", self.queue.api, pool, lambda position, text: text)
        self._dispatcher = Dispatcher(
            MemoryLedgerStore(),
            MemoryDrainStore(),
            lambda: outlets,
            Delivery(MemoryClaims(), dlq, None, OpenGate(), Timeouts(divert_after_s=2.0, checkpoint_s=60.0), clocks),
            DispatchLimits(AdmissionLimits(incomplete=1_000, abandon_ms=10**9), margin_s=1.0),
            reporter=self.reporter,
            clocks=clocks,
        )

    def invoke(self, name: str) -> Response:
        """Invoke the function with an event of the folder."""
        return self._dispatcher.dispatch(event(name), Invocation("me", NOW + 60_000))

    def told(self) -> str:
        """Say what has become of the last event's records, as the README does."""
        report = self.reporter.batches[-1]
        reasons = Counter(DeadLetter.from_json(entry["MessageBody"]).reason for entry in self.queue.kept)
        parts = [
            f"{count} {outcome.value}"
            for outcome, count in report.outcomes.items()
            if count and outcome is not Outcome.DEAD
        ]
        parts += [f"{report.duplicates} duplicate"] * bool(report.duplicates)
        parts += [f"{count} dead ({reason})" for reason, count in sorted(reasons.items())]
        return ", ".join(parts)


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for calls."""
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture(scope="module")
def tables() -> Iterator[dict[str, RoutingTable]]:
    """Give the default table, and the table of the fleets that have a registry."""
    with served(subjects()) as address:
        foreign = load(contracts.TABLE.format(registry=address, queue="https://sqs/foreign", bucket="bucket"), {})
        usual = load(DEFAULT_TABLE.read_text(encoding="utf-8"), QUEUES)
        yield {name: foreign if "registry" in name else usual for name in NAMES}


def test_the_readme_has_every_event() -> None:
    """No event lies in the folder that the README says nothing of, and none is missing."""
    assert sorted(each.name for each in OF_DISPATCHER) == NAMES


@pytest.mark.parametrize("row", OF_DISPATCHER, ids=lambda row: row.name)
def test_an_event_is_answered_as_the_readme_says(
    row: Described, tables: dict[str, RoutingTable], pool: ThreadPoolExecutor
) -> None:
    """The answer and what becomes of the records are those of the README; a second part has its first before it."""
    world = World(tables[row.name], pool)
    if "-2." in row.name:
        world.invoke(row.name.replace("-2.", "-1."))
        world.queue.kept.clear()
    assert world.invoke(row.name) == json.loads(row.answer)
    assert world.told() == row.then


@pytest.mark.parametrize("name", NAMES)
def test_what_is_delivered_again_is_not_dispatched_again(
    name: str, tables: dict[str, RoutingTable], pool: ThreadPoolExecutor
) -> None:
    """Each event that comes a second time is answered the same, and nothing of it is sent."""
    world = World(tables[name], pool)
    first = world.invoke(name)
    world.queue.kept.clear()
    assert world.invoke(name) == first
    assert world.told() == f"{sum(map(len, event(name)['records'].values()))} duplicate"


@pytest.mark.parametrize("name", NAMES)
def test_offsets_rise_within_a_partition(name: str) -> None:
    """Within a partition offsets only rise, as Kafka delivers them, whatever gaps they have."""
    for source, entries in event(name)["records"].items():
        offsets = [entry["offset"] for entry in entries]
        assert offsets == sorted(set(offsets)), source


def test_the_events_show_what_they_are_for() -> None:
    """A full batch is full, a gap is one, and every byte stands in a header."""
    assert sum(map(len, event("full.json.gz")["records"].values())) == 10_000
    assert (EVENTS / "full.json.gz").stat().st_size < 200_000
    ((_, group),) = event("transactional-gaps.json")["records"].items()
    assert [entry["offset"] for entry in group] == [0, 1, 2, 8, 9, 10]
    ((_, group),) = event("header-bytes.json")["records"].items()
    assert sorted(group[0]["headers"][0]["bytes"]) == list(range(-128, 128))
    assert len(event("mixed-partitions.json")["records"]) == 5
    first, second = event("redelivery-1.json")["records"], event("redelivery-2.json")["records"]
    assert [entry["offset"] for entry in second["mt-c400-1"]] == [1, 3, 5]
    assert all(entry in first["mt-c400-1"] for entry in second["mt-c400-1"])
    absent = event("tombstones-and-absent-keys.json")["records"]["mt-c400-2"]
    assert [(entry["key"], entry["value"]) == (None, None) for entry in absent].count(True) == 1
    assert "eventSourceArn" not in event("self-managed.json")


def test_a_recording_can_be_made_again(tmp_path: Path) -> None:
    """A run of today gives the event that lies in the folder: nobody edited it, and the consumer writes no other."""
    case = next(each for each in cases() if each.files[0] == "redelivery-1")
    assert record(case, tmp_path) == {name: event(f"{name}.json") for name in case.files}

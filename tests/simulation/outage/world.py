"""An hour without a destination at full rate, by partition: what the ledger, the hold queue and the drainer come to.

One partition sees what each of FLEET_PARTITIONS sees when 13,000 messages a second come in and three of ten are for a
destination that is down. Nothing else goes wrong. Every record is counted where it arrives, and none is remembered:
what grows is what the hold queue keeps.
"""

import base64
import json
import resource
from typing import Any

from comboio.invocation import Invocation
from comboio.routing.table import RoutingTable
from tests.simulation.outage.counting import CALL, Counter, Forgetful, MeasuredLedgers
from tests.simulation.outage.figures import Figures
from tests.simulation.world.environment import Environment
from tests.simulation.world.steps import Steps
from tests.simulation.world.tables import table_of
from tests.simulation.world.world import CLUSTERS, World

RATE = 13_000
"""Messages a second, of the whole fleet."""
FLEET_PARTITIONS = 60
SHARE = 0.3
"""Of the messages: those for the destination that is down."""
DRAINED_PER_S = 10_000
"""Messages a second that the destination takes of all partitions together once it is well (ADR 0028)."""
TRUCKS = 50
DEADLINE_MS = 10_000

TABLE = """
version = 1
[destinations.a]
type = "fake"
[destinations.b]
type = "fake"
[[routes]]
name = "partner"
codigos = [300]
to = ["b"]
ordering = "key"
[[routes]]
name = "others"
codigos = [302]
to = ["a"]
ordering = "key"
[default]
to = ["dead_letter"]
"""
PARTNER, OTHERS = 300, 302


class Outage(World):
    """The world of an outage: a batch a second, and a drainer beside it on the same clock."""

    incomplete = 5_000
    """The dispatcher's default."""

    def __init__(self, outage_s: int) -> None:
        destinations = Counter("a", 0), Counter("b", 1_000 * FLEET_PARTITIONS // DRAINED_PER_S)
        super().__init__([], {}, when_down="divert", destinations=destinations)
        self.others_take, self.partner = destinations
        self.ledgers = self.measured = MeasuredLedgers(Steps({}))
        self.reporter = Forgetful()
        self.dispatching, self.draining = Environment(self, "dispatcher"), Environment(self, "drainer")
        self.figures = Figures(outage_s)
        self._random = 0
        self._due = 0.0
        self._bound = bytearray()
        """By offset: whether it is for the partner."""
        self._again: list[dict[str, Any]] = []
        self._drainer_free_at = 0
        self._invoked = 0

    def routing_table(self, when_down: str, text: str | None = None) -> RoutingTable:
        """Return the outage's table."""
        return table_of(when_down, text or TABLE)

    def play(self) -> Figures:
        """Play the outage and the drain after it, until nothing waits any more."""
        figures = self.figures
        self.partner.down = True
        early = 0
        for second in range(figures.outage_s):
            self._second()
            if second == min(60, figures.outage_s - 1):
                early = _peak_bytes()
        figures.held_bytes = sum(len(message["body"]) for message in self.hold.messages)
        self.partner.down = False
        recovered_at = self.ms
        while self.hold.messages:
            self._second()
            assert self.ms - recovered_at < 10 * figures.outage_s * 1_000 + 600_000, "it is never drained"
        figures.drain_s = round((max(self.ms, self._drainer_free_at) - recovered_at) / 1_000, 1)
        figures.drained_per_s = round(sum(self.partner.copies) / max(figures.drain_s, 1), 1)
        while self._again:
            self._second(new=0)
        figures.memory_growth_bytes = _peak_bytes() - early
        self._count()
        return figures

    def _second(self, new: int | None = None) -> None:
        began = self.ms
        self._drain_beside()
        self._dispatch(self._again + self._produced(new))
        assert self.ms - began <= 1_000, "a batch takes longer than a second: it would fall behind"
        self.ms = began + 1_000
        self.figures.most_held_messages = max(self.figures.most_held_messages, len(self.hold.messages))

    def _dispatch(self, records: list[dict[str, Any]]) -> None:
        if not records:
            return
        event = {"eventSource": "aws:kafka", "eventSourceArn": CLUSTERS[0], "records": {"t-0": records}}
        answer = self.dispatching.dispatcher.dispatch(event, self._invocation())
        failed = {failure["itemIdentifier"]["offset"] for failure in answer["batchItemFailures"]}
        self._again = [record for record in records if record["offset"] in failed]
        self.figures.redelivered += len(failed)

    def _drain_beside(self) -> None:
        """Let the drainer work on from when it was free; the batches do not wait for it."""
        began = self.ms
        while self._drainer_free_at < began + 1_000:
            self.ms = max(began, self._drainer_free_at)
            if not (records := self.hold.receive(CALL)):
                break
            owner = self._invocation()
            answer = self.draining.drainer.drain({"Records": records}, owner)
            assert self.ms <= owner.deadline, "the drainer outlasted its deadline"
            staying = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            self.hold.delete({record["messageId"] for record in records} - staying)
            self.figures.drain_batches += 1
            self._drainer_free_at = self.ms + 1
        self.ms = began

    def _invocation(self) -> Invocation:
        self._invoked += 1
        return Invocation(f"i{self._invoked}", self.ms + DEADLINE_MS)

    def _produced(self, number: int | None) -> list[dict[str, Any]]:
        """Return the records of a second; which of them are for the partner follows from a fixed sequence."""
        if number is None:
            self._due += RATE / FLEET_PARTITIONS
            number = int(self._due)
            self._due -= number
        return [self._record() for _ in range(number)]

    def _record(self) -> dict[str, Any]:
        self._random = (self._random * 1_103_515_245 + 12_345) % 2**31
        offset, drawn = len(self._bound), self._random >> 8
        codigo = PARTNER if drawn % 1_000 < SHARE * 1_000 else OTHERS
        truck = f"T-{drawn // 1_000 % TRUCKS}"
        self._bound.append(codigo == PARTNER)
        value = json.dumps(
            {"event_id": f"e{offset}", "codigo": codigo, "truck_id": truck, "occurred_at": "2026-11-22T15:00:00Z"}
        )
        return {
            "topic": "t",
            "partition": 0,
            "offset": offset,
            "timestamp": self.ms,
            "key": base64.b64encode(f"{codigo}:{truck}".encode()).decode(),
            "value": base64.b64encode(value.encode()).decode(),
            "headers": [],
        }

    def _count(self) -> None:
        figures = self.figures
        figures.records, figures.for_destination = len(self._bound), sum(self._bound)
        figures.largest_ledger_bytes = self.measured.largest
        figures.dead = len(self.shelf.letters)
        for down, wanted in ((self.others_take, 0), (self.partner, 1)):
            copies = down.copies.ljust(len(self._bound), b"\0")
            figures.lost += sum(
                bound == wanted and not taken for bound, taken in zip(self._bound, copies, strict=False)
            )
            figures.twice += sum(taken - 1 for taken in copies if taken > 1)
            figures.reordered += down.reordered


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

"""What a batch came to, for its log line and its metrics."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from comboio.contract.record import Record
from comboio.ledger.ledger import Ledger
from comboio.routing.table import Route
from dispatcher.intake.admission import Admission
from dispatcher.parcel import Outcome, Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.traffic import Traffic

MOST_AGES = 1_000
"""Records of a batch whose age is looked at, evenly spread, and the first of each partition."""


@dataclass(slots=True)
class BatchReport:
    """Counts of one invocation.

    `dead` is by reason, `routes` by the route's name, `traffic` by destination, in the `outlets` that was in force.
    `refused_partitions` were somebody else's, `lost_partitions` were not ours any more at the end.
    `ages_ms` are a sample of the times from a record's timestamp to the invocation, `oldest_ms` is the age of what has
    been undone for longest, `pending` the most offsets that a partition has undone. Times in ms.
    """

    records: int = 0
    partitions: int = 0
    duplicates: int = 0
    abandoned: int = 0
    recreated: int = 0
    refused_partitions: int = 0
    lost_partitions: int = 0
    ledger_writes: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    routes: dict[str, Counter[Outcome]] = field(default_factory=dict)
    traffic: Mapping[str, Traffic] = field(default_factory=dict)
    outlets: Outlets | None = None
    took_ms: float = 0.0
    ages_ms: list[int] = field(default_factory=list)
    oldest_ms: int = 0
    pending: int = 0

    @property
    def calls(self) -> dict[str, int]:
        """Calls made by destination."""
        return {name: traffic.calls for name, traffic in self.traffic.items()}

    def arrived(self, batch: Mapping[str, Sequence[Record]], now: int) -> None:
        """Looks at how old the records were when the invocation began, at `now`; some have no timestamp."""
        step = -(-self.records // MOST_AGES) or 1
        for records in batch.values():
            self.ages_ms += [max(0, now - record.timestamp) for record in records[::step] if record.timestamp > 0]

    def admitted(self, refused: int, admissions: Iterable[Admission]) -> None:
        """Adds what admission found."""
        self.refused_partitions = refused
        for admission in admissions:
            self.duplicates += admission.duplicates
            self.abandoned += admission.abandoned
            self.recreated += admission.recreated

    def concluded(self, parcels: Sequence[Parcel]) -> None:
        """Adds what became of the parcels."""
        for outcome in Outcome:
            ways = [parcel.route for parcel in parcels if parcel.outcome is outcome]
            if ways:
                self.outcomes[outcome] += len(ways)
                self._by_route(outcome, ways)
        if self.outcomes[Outcome.DEAD]:
            self.dead.update(p.reason for p in parcels if p.outcome is Outcome.DEAD and p.reason is not None)

    def _by_route(self, outcome: Outcome, ways: Sequence[Route | None]) -> None:
        """Counts by identity, as a route's own hash is of all its fields."""
        routes = dict(zip(map(id, ways), ways, strict=True))
        for way, count in Counter(map(id, ways)).items():
            if (route := routes[way]) is not None:
                self.routes.setdefault(route.name, Counter())[outcome] += count

    def left(self, ledgers: Iterable[Ledger], now: int) -> None:
        """Looks at what the partitions have undone at the end."""
        for ledger in ledgers:
            undone = len(ledger.pending) + sum(last - first + 1 for first, last in ledger.waiting)
            self.pending = max(self.pending, undone)
            since = [entry.since for entry in ledger.pending.values()]
            if ledger.waiting:
                since.append(ledger.waiting_since)
            if since:
                self.oldest_ms = max(self.oldest_ms, now - min(since))

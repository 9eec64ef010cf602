"""The result of a batch in numbers, for its log line and its metrics."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from comboio.contract.record import Record
from comboio.ledger.ledger import Ledger
from comboio.ledger.offsets import count
from comboio.routing.route import Route
from dispatcher.intake.admission import Admission
from dispatcher.parcel import Outcome, Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.gate import Permissions
from dispatcher.send.traffic import Traffic

_MOST_AGES = 1_000
"""Maximum of records of a batch whose age is measured: evenly spread, and the first of each partition."""


class BatchReport(Struct):
    """Counts of one invocation."""

    records: int = 0
    """Records in the batch."""
    partitions: int = 0
    """Partitions in the batch."""
    duplicates: int = 0
    """Records that the ledger already counts as done."""
    abandoned: int = 0
    """Unfinished offsets that are no longer redelivered, and were given up."""
    recreated: int = 0
    """Partitions whose topic was recreated, so that their ledger starts over."""
    refused_partitions: int = 0
    """Partitions that another invocation holds."""
    lost_partitions: int = 0
    """Partitions that another invocation had taken by the end."""
    ledger_writes: int = 0
    """Writes to the ledger: claims, checkpoints and settlements."""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    """Records by outcome."""
    dead: Counter[str] = field(default_factory=Counter)
    """Dead letters by reason."""
    routes: dict[str, Counter[Outcome]] = field(default_factory=dict)
    """Records by outcome, by the name of their route."""
    traffic: Mapping[str, Traffic] = field(default_factory=dict)
    """Calls by destination."""
    diverted: Mapping[str, int] = field(default_factory=dict)
    """Messages put into the hold queue, by destination."""
    paused_destinations: frozenset[str] = frozenset()
    """Destinations of its records that an operator paused."""
    paused_routes: frozenset[str] = frozenset()
    """Routes of its records that an operator paused."""
    outlets: Outlets | None = None
    """The routing table that the batch was dispatched by."""
    took_ms: float = 0.0
    """Duration of the invocation up to the report (ms)."""
    ages_ms: list[int] = field(default_factory=list)
    """A sample of the times from a record's timestamp to the invocation (ms)."""
    late: int = 0
    """Records that were too old when they arrived, estimated from that sample."""
    oldest_ms: int = 0
    """Age of the oldest unfinished record of all partitions (ms)."""
    pending: int = 0
    """Unfinished offsets of the partition that has most of them."""

    @property
    def calls(self) -> dict[str, int]:
        """Calls made by destination."""
        return {name: traffic.calls for name, traffic in self.traffic.items()}

    def arrived(self, batch: Mapping[str, Sequence[Record]], now: int, late_after_ms: float) -> None:
        """Add the ages of the records at `now`, when the invocation began; records without a timestamp are left out."""
        step = -(-self.records // _MOST_AGES) or 1
        for records in batch.values():
            self.ages_ms += [max(0, now - record.timestamp) for record in records[::step] if record.timestamp > 0]
        if self.ages_ms:
            late = sum(age > late_after_ms for age in self.ages_ms)
            self.late = round(self.records * late / len(self.ages_ms))

    def admitted(self, refused: int, admissions: Iterable[Admission]) -> None:
        """Add what admission found."""
        self.refused_partitions = refused
        for admission in admissions:
            self.duplicates += admission.duplicates
            self.abandoned += admission.abandoned
            self.recreated += admission.recreated

    def sent(self, traffic: Mapping[str, Traffic], diverted: Mapping[str, int]) -> None:
        """Add what went to each destination, and what was put into the hold queue for it."""
        self.traffic, self.diverted = traffic, diverted

    def permitted(self, permissions: Permissions) -> None:
        """Add what an operator did not permit."""
        self.paused_destinations, self.paused_routes = permissions.paused_destinations, permissions.paused_routes

    def concluded(self, parcels: Sequence[Parcel]) -> None:
        """Add the parcels' outcomes."""
        for outcome in Outcome:
            ways = [parcel.route for parcel in parcels if parcel.outcome is outcome]
            if ways:
                self.outcomes[outcome] += len(ways)
                self._by_route(outcome, ways)
        if self.outcomes[Outcome.DEAD]:
            self.dead.update(p.reason for p in parcels if p.outcome is Outcome.DEAD and p.reason is not None)

    def _by_route(self, outcome: Outcome, ways: Sequence[Route | None]) -> None:
        """Count by identity: a route's own hash covers all its fields, and is slow."""
        routes = dict(zip(map(id, ways), ways, strict=True))
        for way, number in Counter(map(id, ways)).items():
            if (route := routes[way]) is not None:
                self.routes.setdefault(route.name, Counter())[outcome] += number

    def left(self, ledgers: Iterable[Ledger], now: int) -> None:
        """Add what the partitions have unfinished at the end."""
        for ledger in ledgers:
            undone = len(ledger.incomplete) + count(ledger.deferred)
            self.pending = max(self.pending, undone)
            since = [entry.since for entry in ledger.incomplete.values()]
            if ledger.deferred:
                since.append(ledger.deferred_since)
            if since:
                self.oldest_ms = max(self.oldest_ms, now - min(since))

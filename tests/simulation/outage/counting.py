"""Parts of a world through which millions of records go: they count and measure, and remember none."""

from collections.abc import Sequence

from comboio.invocation import Invocation
from comboio.ledger.ledger import Ledger
from comboio.ledger.offsets import Ranges
from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault, FaultKind
from dispatcher.observe.drain_report import DrainReport
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Parcel
from tests.simulation.world.downstream import Downstream
from tests.simulation.world.stores import Ledgers
from tests.support.dispatcher import MemoryReporter

CALL = 10
"""Messages in a call, as SQS takes them."""


class Counter(Downstream):
    """A destination that counts what it takes, instead of remembering it."""

    max_entries = CALL

    def __init__(self, name: str, record_ms: int) -> None:
        super().__init__(name, [])
        self.copies = bytearray()
        """By offset: how often it was taken."""
        self.reordered = 0
        self._record_ms = record_ms
        self._last: dict[bytes | None, int] = {}

    def answer(self, entries: Sequence[Entry]) -> list[Fault | None]:
        """Take everything, or nothing."""
        if self.down:
            return [Fault(FaultKind.TRANSIENT, "down")] * len(entries)
        self.wait(self._record_ms * sum(len(entry.parcels) for entry in entries) / 1000)
        for entry in entries:
            for parcel in entry.parcels:
                self._take(parcel)
        return [None] * len(entries)

    def _take(self, parcel: Parcel) -> None:
        offset, key = parcel.record.offset, parcel.record.key
        if offset >= len(self.copies):
            self.copies.extend(bytes(offset + 1_000 - len(self.copies)))
        again = self.copies[offset] > 0
        self.copies[offset] = min(self.copies[offset] + 1, 255)
        self.reordered += not again and offset < self._last.get(key, -1)
        self._last[key] = max(offset, self._last.get(key, -1))


class MeasuredLedgers(Ledgers):
    """Ledgers whose largest item is known, at each write."""

    largest = 0

    def claim(
        self, partition: str, owner: str, now: int, until: int, offsets: Ranges, *, within_s: float = 10.0
    ) -> Ledger | None:
        taken = super().claim(partition, owner, now, until, offsets, within_s=within_s)
        self._measure()
        return taken

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int, *, within_s: float = 10.0) -> bool:
        settled = super().settle(partition, owner, ledger, lease_until, within_s=within_s)
        self._measure()
        return settled

    def _measure(self) -> None:
        self.largest = max(self.largest, *self.sizes().values())


class Forgetful(MemoryReporter):
    """A reporter that keeps nothing but warnings."""

    def invocation(self, invocation: Invocation) -> None:
        """See Reporter."""

    def batch(self, report: BatchReport, parcels: Sequence[Parcel]) -> None:
        """See Reporter."""

    def drained(self, report: DrainReport) -> None:
        """See Reporter."""

"""What a batch came to, for its log line and its metrics."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dispatcher.admission import Admission
from dispatcher.parcel import Outcome, Parcel
from dispatcher.traffic import Traffic


@dataclass(slots=True)
class BatchReport:
    """Counts of one invocation. `dead` is by reason, `traffic` by destination; times in ms."""

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
    traffic: Mapping[str, Traffic] = field(default_factory=dict)
    took_ms: float = 0.0
    oldest_ms: int = 0

    @property
    def calls(self) -> dict[str, int]:
        """Calls made by destination."""
        return {name: traffic.calls for name, traffic in self.traffic.items()}

    def admitted(self, refused: int, admissions: Iterable[Admission]) -> None:
        """Adds what admission found; `refused` partitions were somebody else's."""
        self.refused_partitions = refused
        for admission in admissions:
            self.duplicates += admission.duplicates
            self.abandoned += admission.abandoned
            self.recreated += admission.recreated

    def concluded(self, lost: int, parcels: Iterable[Parcel]) -> None:
        """Adds what became of the parcels; `lost` partitions were not ours any more at the end."""
        self.lost_partitions = lost
        for parcel in parcels:
            if parcel.outcome is not None:
                self.outcomes[parcel.outcome] += 1
            if parcel.outcome is Outcome.DEAD and parcel.reason is not None:
                self.dead[parcel.reason] += 1

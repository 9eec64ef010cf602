"""The report of a check: report.json for machines, a table for people."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from local.account.questions.answer import Answer
from local.demo.proof.reconcile import Reconciliation


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was found."""

    account: str
    region: str
    kafka: str
    run: str
    deploy_s: float
    messages: int
    """Messages that Kafka acknowledged."""
    result: Reconciliation
    died: int
    """Dead letters before the replay."""
    held: int
    """Messages left in the hold queue."""
    diverted: bool
    """Whether messages were in the hold queue while the destination was denied."""
    answers: tuple[Answer, ...]
    """To what AWS's documents leave open: the readings that were seen."""
    estimate_usd: float
    unchecked_prices: tuple[str, ...]
    removed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """What could not be removed, and why."""
    stand_ins: tuple[tuple[str, str], ...] = ()

    @property
    def faults(self) -> dict[str, int]:
        """What should be 0 and is not, in words."""
        found = {
            "messages lost": self.result.lost,
            "still pending": self.result.pending,
            "misplaced": self.result.misplaced,
            "left in the hold queue": self.held,
            "extra copies that nothing explains": max(0, self.result.duplicates - self.result.duplicates_explained),
            "runs without messages": int(not self.messages),
            "replays that delivered nothing": int(not self.result.replayed),
            "things left behind": len(self.left),
        }
        return {what: count for what, count in found.items() if count}

    @property
    def sound(self) -> bool:
        """Return whether the run proves what it should."""
        return not self.faults

    def write(self, path: Path) -> None:
        """Write the report as JSON."""
        whole = {**asdict(self), "answers": [each._asdict() for each in self.answers]}
        path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")

    def verdict(self) -> str:
        """Return the result in a sentence."""
        if self.sound:
            return f"Nothing lost: all {self.messages:,} messages are accounted for, and all that was made is removed."
        return "NOT SOUND: " + ", ".join(f"{count:,} {what}" for what, count in self.faults.items()) + "."

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures in words, for a table."""
        result = self.result
        return [
            ("account and region", f"{self.account}, {self.region}"),
            ("Kafka", self.kafka),
            ("deployed in", f"{self.deploy_s:.0f} s"),
            ("acknowledged / dispatched / dead", f"{self.messages:,} / {result.dispatched:,} / {self.died:,}"),
            ("replayed / parked / in the DLQ", f"{result.replayed:,} / {result.parked:,} / {result.dead_lettered:,}"),
            ("lost / pending / misplaced", f"{result.lost:,} / {result.pending:,} / {result.misplaced:,}"),
            ("extra copies / explained", f"{result.duplicates:,} / {result.duplicates_explained:,}"),
            ("held while a destination was denied", "yes" if self.diverted else "no"),
            *((f"open: {each.question}", each.told) for each in self.answers),
            ("cost, estimated", f"{self.estimate_usd:.2f} USD without the cluster"),
            ("prices nobody checked", ", ".join(self.unchecked_prices) or "none"),
            ("removed", "\n".join(self.removed) or "nothing"),
            ("left behind", "\n".join(self.left) or "nothing"),
            *((f"for {what}", stand_in) for what, stand_in in self.stand_ins),
        ]

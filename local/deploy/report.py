"""The report of a run: report.json for machines, a table for people."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class UpdateReport:
    """An update of the stack with traffic running."""

    says: str
    took_s: float
    messages: int
    """Messages that Kafka acknowledged meanwhile."""
    lost: int


@dataclass(frozen=True, slots=True)
class DeployReport:
    """The figures of a run."""

    kafka: str
    build_s: float
    deployed: bool
    """Whether CloudFormation made every resource of the template."""
    deploy_s: float
    messages: int
    """Messages that Kafka acknowledged."""
    dispatched: int
    """Distinct messages found in the destination queues."""
    dead_lettered: int
    """Distinct messages whose dead letters were found."""
    letters: int
    """Dead letters in the DLQ: a killed invocation leaves letters that the next one writes again."""
    replayer_counted: int
    """Dead letters that the deployed replayer counted."""
    lost: int
    pending: int
    misplaced: int
    held: int
    """Messages left in the hold queue."""
    duplicates: int
    """Extra copies found in the queues."""
    duplicates_explained: int
    """Those of batches whose invocation was killed by an update."""
    killed_invocations: int
    update_under_traffic_lost: int
    updates: tuple[UpdateReport, ...]
    drain_s: float
    """Seconds from the last acknowledgement to lag 0."""
    retained: tuple[str, ...]
    """What the deleted stack left on purpose."""
    left_behind: tuple[str, ...]
    """What it left else."""
    stand_ins: dict[str, str]
    unexplained: tuple[str, ...]
    lost_examples: tuple[str, ...]

    @property
    def faults(self) -> dict[str, int]:
        """What should be 0 and is not, in words."""
        found = {
            "messages lost": self.lost,
            "still pending": self.pending,
            "misplaced": self.misplaced,
            "left in the hold queue": self.held,
            "extra copies that no killed invocation explains": max(0, self.duplicates - self.duplicates_explained),
            "updates without traffic, which prove nothing": sum(not update.messages for update in self.updates),
            "dead letters by which queue and replayer differ": abs(self.letters - self.replayer_counted),
            "resources left behind": len(self.left_behind),
        }
        return {what: count for what, count in found.items() if count}

    @property
    def sound(self) -> bool:
        """Return whether the run proves what it should."""
        return self.deployed and not self.faults

    def write(self, path: Path) -> None:
        """Write the report as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    def verdict(self) -> str:
        """Return the result in a sentence."""
        if self.sound:
            return (
                f"Nothing lost: all {self.messages:,} messages went through the deployed function, "
                f"{sum(update.messages for update in self.updates):,} of them while the stack was updated."
            )
        return "NOT SOUND: " + ", ".join(f"{count:,} {what}" for what, count in self.faults.items()) + "."

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures in words, for a table."""
        return [
            ("Kafka", self.kafka),
            ("sam build / sam deploy", f"{self.build_s:.0f} s / {self.deploy_s:.0f} s"),
            ("acknowledged / dispatched / dead", f"{self.messages:,} / {self.dispatched:,} / {self.dead_lettered:,}"),
            ("dead letters in the DLQ / counted by the replayer", f"{self.letters:,} / {self.replayer_counted:,}"),
            ("lost / pending / misplaced", f"{self.lost:,} / {self.pending:,} / {self.misplaced:,}"),
            *(
                (f"update: {update.says}", f"{update.took_s:.0f} s, {update.messages:,} messages, {update.lost:,} lost")
                for update in self.updates
            ),
            ("invocations that an update killed", f"{self.killed_invocations:,}"),
            ("extra copies / explained by those", f"{self.duplicates:,} / {self.duplicates_explained:,}"),
            ("drained after the last acknowledgement", f"{self.drain_s:.1f} s"),
            ("retained on purpose", "\n".join(self.retained)),
            ("left behind", "\n".join(self.left_behind) or "nothing"),
            *((f"for {what}", stand_in) for what, stand_in in self.stand_ins.items()),
        ]

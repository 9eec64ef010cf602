"""The files of a run of the demo."""

from dataclasses import dataclass
from pathlib import Path

from local.tool import ROOT


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of one run, below `root`."""

    root: Path = ROOT / "build" / "demo"

    @property
    def acknowledged(self) -> Path:
        """The messages that Kafka acknowledged, a line each."""
        return self.root / "acknowledged.tsv"

    @property
    def producer_stats(self) -> Path:
        """The producer's figures, a line a second."""
        return self.root / "producer.jsonl"

    @property
    def throttle(self) -> Path:
        """While this file exists, the telemetry queue throttles."""
        return self.root / "throttle"

    @property
    def crash(self) -> Path:
        """While this file exists, the next large batch of consumer A crashes and deletes it."""
        return self.root / "crash"

    @property
    def crashes(self) -> Path:
        """The invocations that crashed on purpose, a line each."""
        return self.root / "crashes.jsonl"

    @property
    def unanswered(self) -> Path:
        """The invocations during which a call had no answer, or whose ledger went to another owner, a line each."""
        return self.root / "unanswered.jsonl"

    @property
    def routes(self) -> Path:
        """The routing table of the run: the default one, with the partner's route."""
        return self.root / "routes-run.toml"

    @property
    def mended_routes(self) -> Path:
        """The routing table with the route that was missing."""
        return self.root / "routes.toml"

    def consumer_stats(self, name: str) -> Path:
        """Return the file of a consumer's figures, a line a second."""
        return self.root / f"consumer-{name}.jsonl"

    def journal(self, name: str) -> Path:
        """Return the file of a consumer's invocations, a line before and after each."""
        return self.root / f"invocations-{name}.jsonl"

    def batches(self, name: str) -> Path:
        """Return the file of a consumer's batch results, a line each."""
        return self.root / f"batches-{name}.jsonl"

    @property
    def drained(self) -> Path:
        """What the drainer sent, a line for each of its invocations."""
        return self.root / "drained.jsonl"

    def all_batches(self) -> list[Path]:
        """Return the files of every consumer's batch results."""
        return sorted(self.root.glob("batches-*.jsonl"))

    def all_consumer_stats(self) -> list[Path]:
        """Return the files of every consumer's figures."""
        return sorted(self.root.glob("consumer-*.jsonl"))

    def log(self, name: str) -> Path:
        """Return the file of a process's output."""
        return self.root / f"{name}.log"

"""Where a run of the demo keeps its files."""

from dataclasses import dataclass
from pathlib import Path

from local.tool import ROOT


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of one run, below `root`."""

    root: Path = ROOT / "build" / "demo"

    @property
    def acknowledged(self) -> Path:
        """What Kafka acknowledged, a line a message."""
        return self.root / "acknowledged.tsv"

    @property
    def producer_stats(self) -> Path:
        """The producer's figures, a line a second."""
        return self.root / "producer.jsonl"

    @property
    def throttle(self) -> Path:
        """While this file is there, the telemetry queue throttles."""
        return self.root / "throttle"

    @property
    def crash(self) -> Path:
        """While this file is there, the next good batch of the consumer that looks for it crashes and removes it."""
        return self.root / "crash"

    @property
    def crashes(self) -> Path:
        """Which invocation crashed on purpose, a line each."""
        return self.root / "crashes.jsonl"

    @property
    def mended_routes(self) -> Path:
        """The routing table after somebody has mended it."""
        return self.root / "routes.toml"

    def consumer_stats(self, name: str) -> Path:
        """A consumer's figures, a line a second."""
        return self.root / f"consumer-{name}.jsonl"

    def journal(self, name: str) -> Path:
        """A consumer's invocations, a line before and after each."""
        return self.root / f"invocations-{name}.jsonl"

    def batches(self, name: str) -> Path:
        """What the dispatcher of a consumer made of its batches, a line each."""
        return self.root / f"batches-{name}.jsonl"

    def log(self, name: str) -> Path:
        """What a process said."""
        return self.root / f"{name}.log"

"""What a run has to tell: counts, histogram, foreign messages, and what went wrong."""

from collections.abc import Mapping, Sequence

from dlq_replayer.letter import ReceivedLetter
from dlq_replayer.observe.counts import OutcomeCounts
from dlq_replayer.observe.histogram import Histogram

_MAX_FOREIGN_SHOWN = 10


class RunReport:
    """Grows as the run goes on; `problem` is the last thing that went wrong, for a person to act on."""

    def __init__(self, histogram: Histogram, counts_before: Mapping[str, int]) -> None:
        self.counts = OutcomeCounts(counts_before)
        self.histogram = histogram
        self.foreign: list[dict[str, str]] = []
        self.problem = ""

    def count(self, outcome: str, messages: int) -> None:
        """Add messages to an outcome."""
        self.counts.by_outcome[outcome] += messages

    def add_foreign(self, messages: Sequence[ReceivedLetter]) -> None:
        """Count messages that are no letters; the first few are shown by their place."""
        self.count("foreign", len(messages))
        self.foreign += [{"place": each.receipt.place, "flaw": each.flaw} for each in messages]
        del self.foreign[_MAX_FOREIGN_SHOWN:]

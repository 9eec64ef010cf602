"""What became of the messages of a run, by outcome."""

from collections import Counter
from collections.abc import Mapping

from dlq_replayer.letter import ReceivedLetter

OUTCOMES = {
    "examined": "messages read",
    "matched": "letters that the filter selects",
    "replayed": "taken by the target",
    "duplicate": "taken by an earlier replay already",
    "died_again": "in the DLQ again, as a letter that counts one replay more",
    "parked": "moved to the parking queue",
    "purged": "deleted",
    "failed": "not taken by the target, or not readable; still in the source",
    "worn_out": "replayed max_replays times, and parked already",
    "untried": "not tried before the time ended; still in the source",
    "held": "not tried, since an earlier letter of their key failed; still in the source",
    "busy": "in the hands of another replay; still in the source",
    "foreign": "messages that are not dead letters",
    "undeleted": "taken, but still in the source: they come again as duplicates",
    "unmatched": "letters that the filter does not select",
    "later": "came after the run began; left for the next run",
    "would": "letters that a dry run would have taken",
}
"""Each count of an answer, and what it counts."""


class OutcomeCounts:
    """Counts messages by outcome, and remembers the oldest that stays in its source (epoch ms)."""

    def __init__(self, before: Mapping[str, int]) -> None:
        self.by_outcome = Counter({name: before.get(name, 0) for name in OUTCOMES})
        self.oldest: int | None = None

    def left(self, received: ReceivedLetter) -> None:
        """Note a message that stays in its source."""
        self.oldest = received.sent_at if self.oldest is None else min(self.oldest, received.sent_at)

    def to_fields(self) -> dict[str, int]:
        """Return all counts, zeros too, so that a program can read an answer without conditions."""
        return {name: self.by_outcome[name] for name in OUTCOMES}

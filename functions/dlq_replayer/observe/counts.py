"""What became of the messages of a run, by outcome."""

from collections import Counter
from collections.abc import Mapping

from dlq_replayer.letter import Held

OUTCOMES = {
    "examined": "messages read",
    "matched": "letters that the filter takes",
    "replayed": "taken by the target",
    "duplicate": "taken by an earlier replay already",
    "died_again": "in the DLQ again, as a letter that counts one replay more",
    "parked": "set aside",
    "purged": "deleted for good",
    "failed": "not taken; still there",
    "worn_out": "replayed max_replays times, and parked already",
    "untried": "time ended before their turn; still there",
    "held": "not tried, as an earlier letter of their key failed; still there",
    "busy": "in another replay's hands; still there",
    "foreign": "no dead letters",
    "undeleted": "taken, but still there: they come again as duplicates",
    "unmatched": "letters that the filter leaves",
    "later": "came after the run began; left for the next",
    "would": "what a dry run would have taken",
}


class Tally:
    """Counts, and the oldest message that remains (ms since 1970)."""

    def __init__(self, before: Mapping[str, int]) -> None:
        self.counts = Counter({name: before.get(name, 0) for name in OUTCOMES})
        self.oldest: int | None = None

    def left(self, held: Held) -> None:
        """A message that stays."""
        self.oldest = held.sent_at if self.oldest is None else min(self.oldest, held.sent_at)

    def to_fields(self) -> dict[str, int]:
        """All counts; those that are 0 too, so that an answer is easy to read by programs."""
        return {name: self.counts[name] for name in OUTCOMES}

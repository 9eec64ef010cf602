"""What the check of foreign messages found."""

import json
from collections.abc import Sequence
from pathlib import Path

from local.adopt.check import Outcome


class AdoptReport:
    """What became of each fleet's messages, and of the bad ones."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes = outcomes

    @property
    def sound(self) -> bool:
        """Return whether all arrived, and nothing else."""
        return all(each.sound for each in self._outcomes)

    def verdict(self) -> str:
        """Return the result in a sentence."""
        if self.sound:
            return "All arrived as it was sent, and each bad message says what is wrong."
        return "Not all arrived as it was sent; the table says where."

    def rows(self) -> list[tuple[str, ...]]:
        """Return the outcomes in words, under a line of titles."""
        titles = ("where", "expected", "missing", "not as sent")
        return [titles, *((e.place, str(e.expected), str(e.missing), str(e.foreign)) for e in self._outcomes)]

    def write(self, path: Path) -> None:
        """Write the report as JSON."""
        outcomes = [each._asdict() for each in self._outcomes]
        path.write_text(json.dumps({"sound": self.sound, "outcomes": outcomes}, indent=2) + "\n", encoding="utf-8")

"""What a run has come to so far, and its state file, by which a run that was ended goes on."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

CHUNK = 100
"""Seeds that a process plays at a time: a run that is ended plays those under way again."""
MOST_VIOLATIONS = 100
"""Violations that are kept: more say nothing new."""


@dataclass(slots=True)
class Tally:
    """Sums over the seeds that were played."""

    first: int
    end: int
    """One past the last seed."""
    code: str
    """What the code was that played: a run does not go on with another one."""
    done: set[int] = field(default_factory=set)
    """The chunks that were played, each by its first seed."""
    seeds: int = 0
    steps: int = 0
    duration_s: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    violations: dict[int, str] = field(default_factory=dict)
    """By seed."""

    def left(self) -> list[int]:
        """Return the chunks that are still to be played."""
        return [start for start in range(self.first, self.end, CHUNK) if start not in self.done]

    def size(self, chunk: int) -> int:
        """Return the seeds of a chunk."""
        return min(CHUNK, self.end - chunk)

    def add(self, chunk: int, steps: int, faults: Counter[str], violations: dict[int, str]) -> None:
        """Add what a chunk came to."""
        self.done.add(chunk)
        self.seeds += self.size(chunk)
        self.steps += steps
        self.faults.update(faults)
        for seed, text in violations.items():
            if len(self.violations) < MOST_VIOLATIONS:
                self.violations[seed] = text

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""
        fields = {
            "first": self.first,
            "end": self.end,
            "code": self.code,
            "done": sorted(self.done),
            "seeds": self.seeds,
            "steps": self.steps,
            "duration_s": self.duration_s,
            "faults": self.faults,
            "violations": self.violations,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(fields))
        new.replace(path)


def resumed(path: Path, first: int, end: int, code: str) -> Tally:
    """Return the run that a state file says was ended, if it is of the same seeds and code; else a new one."""
    try:
        fields = json.loads(path.read_text())
        if (fields["first"], fields["end"], fields["code"]) == (first, end, code):
            return Tally(
                first,
                end,
                code,
                set(fields["done"]),
                fields["seeds"],
                fields["steps"],
                fields["duration_s"],
                Counter(fields["faults"]),
                {int(seed): text for seed, text in fields["violations"].items()},
            )
    except (OSError, ValueError, LookupError, TypeError):
        pass
    return Tally(first, end, code)

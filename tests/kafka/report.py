"""What a run of the scenarios came to: build/proof/kafka.json, and a table."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.kafka.check import Findings


@dataclass(frozen=True, slots=True)
class Result:
    """What a scenario came to."""

    name: str
    what: str
    seconds: float
    load: float
    """How busy the machine was."""
    findings: Findings | None
    """None where it was not tried, or did not end."""
    why: str = ""
    """Why not."""
    tried: bool = True
    left_out: int = 0
    """Records that came again and did not reach the destination: the ledger knew them."""
    warnings: tuple[str, ...] = ()
    """What the consumers logged above the ordinary."""

    @property
    def sound(self) -> bool:
        """Whether it kept every promise; one that was not tried breaks none."""
        return not self.tried or (self.findings is not None and self.findings.sound)

    def in_words(self) -> str:
        """Return what it came to, as a line."""
        found = self.findings
        if found is None:
            return f"{'broken' if self.tried else 'not tried'}: {self.why}"
        said = f"{self.what}: {found.acknowledged:,} acknowledged, lost {len(found.lost)}, again {found.duplicated}"
        said += f" (unexplained {len(found.unexplained)}; left out {self.left_out}), reordered {len(found.reordered)}"
        return f"{said}, foreign {len(found.foreign)}; {self.seconds:.0f} s"


@dataclass(slots=True)
class Report:
    """All of them."""

    kafka: str
    results: list[Result] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether all kept their promises, and one at least was tried."""
        return any(each.tried for each in self.results) and all(each.sound for each in self.results)

    def total(self, name: str) -> int:
        """Return the sum of a figure of all scenarios."""
        values = (getattr(each.findings, name) for each in self.results if each.findings is not None)
        return sum(value if isinstance(value, int) else len(value) for value in values)

    @property
    def left_out(self) -> int:
        """Return how many copies did not reach the destination."""
        return sum(each.left_out for each in self.results)

    def verdict(self) -> str:
        """Return the result in a sentence."""
        tried = sum(each.tried for each in self.results)
        broken = [each.name for each in self.results if not each.sound]
        said = f"{tried} scenarios, {self.total('acknowledged'):,} acknowledged records: lost {self.total('lost')}, "
        said += f"reordered {self.total('reordered')}, received again {self.total('duplicated'):,}, "
        said += f"of which unexplained {self.total('unexplained')}; left out as known {self.left_out:,}"
        return f"{said}; broken: {', '.join(broken)}" if broken else said

    def rows(self) -> Iterable[tuple[str, ...]]:
        """Return the figures of each scenario, under their names."""
        for each in self.results:
            yield each.name, each.in_words()

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = {
            "kafka": self.kafka,
            "acknowledged": self.total("acknowledged"),
            "lost": self.total("lost"),
            "duplicated": self.total("duplicated"),
            "left_out": self.left_out,
            "unexplained": self.total("unexplained"),
            "reordered": self.total("reordered"),
            "foreign": self.total("foreign"),
            "not_tried": {each.name: each.why for each in self.results if not each.tried},
            "scenarios": [_shown(each) for each in self.results],
        }
        path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


def _shown(result: Result) -> dict[str, object]:
    found = result.findings
    shown: dict[str, object] = {
        "name": result.name,
        "what": result.what,
        "seconds": round(result.seconds, 1),
        "load": result.load,
        "sound": result.sound,
        "tried": result.tried,
        "why": result.why,
        "warnings": list(result.warnings),
    }
    if found is not None:
        shown |= {
            "acknowledged": found.acknowledged,
            "handled": found.handled,
            "excused": found.excused,
            "duplicated": found.duplicated,
            "left_out": result.left_out,
            "lost": len(found.lost),
            "unexplained": len(found.unexplained),
            "reordered": len(found.reordered),
            "foreign": len(found.foreign),
            "examples": [*found.lost, *found.unexplained, *found.reordered, *found.foreign][:20],
        }
    return shown

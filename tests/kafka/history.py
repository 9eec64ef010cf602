"""What happened in a scenario: what was acknowledged, handled and deleted, and where consumers began."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Acknowledged(NamedTuple):
    """Kafka took a record, and said so."""

    event: str
    partition: str
    offset: int
    log: int = 1
    """Which topic of that name: the first one, the one made after it was deleted, and so on."""


class Handled(NamedTuple):
    """The destination received a record."""

    event: str
    partition: str
    offset: int
    key: str
    sequence: int
    """Its number among those of its key: it rises."""
    by: str
    """The consumer."""
    at_ms: float


MADE_AGAIN = "was recreated"
"""How a consumer begins that saw another id of its topic."""


class Began(NamedTuple):
    """A consumer began in a partition, or began anew: what it had done and not committed may come again."""

    partition: str
    at_ms: float
    by: str
    how: str


class Deleted(NamedTuple):
    """Records that Kafka deleted as it was told to: those below an offset, or those at some."""

    partition: str
    below: int = 0
    offsets: frozenset[int] = frozenset()
    log: int = 1


@dataclass(slots=True)
class History:
    """All facts of a scenario."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    handled: list[Handled] = field(default_factory=list)
    began: list[Began] = field(default_factory=list)
    deleted: list[Deleted] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write it as lines of JSON."""
        kinds: list[tuple[str, Iterable[NamedTuple]]] = [
            ("acknowledged", self.acknowledged),
            ("began", self.began),
            ("deleted", self.deleted),
            ("handled", self.handled),
        ]
        with path.open("w", encoding="utf-8") as file:
            for kind, facts in kinds:
                for fact in facts:
                    file.write(json.dumps({"fact": kind, **fact._asdict()}, default=sorted) + "\n")

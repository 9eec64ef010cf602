"""The acknowledgement journal: a line for every message that Kafka acknowledged, for proofs by comparison.

A line is `event_id TAB topic TAB partition TAB offset TAB kind`; `kind` is `ok` or a fault put in on purpose.
"""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from comboio.errors import ComboioError


class Acknowledged(NamedTuple):
    """One line of the journal."""

    event_id: str
    topic: str
    partition: int
    offset: int
    kind: str


class JournalError(ComboioError):
    """A line of a journal cannot be read."""


class AckJournal:
    """Writes the journal; buffered, so that it costs little. `flush` makes what was added visible to readers.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8", buffering=1 << 20)

    def add(self, event_id: str, topic: str, partition: int, offset: int, kind: str) -> None:
        """Writes one acknowledged message."""
        self._file.write(f"{event_id}\t{topic}\t{partition}\t{offset}\t{kind}\n")

    def flush(self) -> None:
        """Hands what was added to the operating system."""
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()


def read_journal(path: Path) -> Iterator[Acknowledged]:
    """The journal's lines, in the order of acknowledgement.

    Raises:
        JournalError: a line breaks the format; an unfinished last line is one that was cut off in the middle.
    """
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            fields = line.rstrip("\n").split("\t")
            if len(fields) != len(Acknowledged._fields) or not line.endswith("\n"):
                raise JournalError(f"{path}, line {number}: not a whole journal line")
            event_id, topic, partition, offset, kind = fields
            yield Acknowledged(event_id, topic, int(partition), int(offset), kind)

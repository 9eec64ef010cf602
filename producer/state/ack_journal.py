"""The acknowledgement journal: a line for every message that Kafka acknowledged, for proofs by comparison.

A line is `event_id TAB topic TAB partition TAB offset TAB kind`; `kind` is `ok` or a fault put in on purpose.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from comboio.errors import ComboioError
from comboio.host.disk import PUBLIC, Disk
from producer.host.failure_log import FailureLog

MOST_UNWRITTEN = 200_000
"""Lines kept while the disk takes none, some tens of MB; a proof that has gaps says so in the log."""

_log = logging.getLogger(__name__)


class Acknowledged(NamedTuple):
    """One line of the journal."""

    event_id: str
    topic: str
    partition: int
    offset: int
    kind: str

    @classmethod
    def of(cls, line: str) -> "Acknowledged":
        """Read a whole line, its end included.

        Raises:
            ValueError: it breaks the format.
        """
        fields = line.rstrip("\n").split("\t")
        if len(fields) != len(cls._fields) or not line.endswith("\n"):
            raise ValueError("not a whole journal line")
        event_id, topic, partition, offset, kind = fields
        return cls(event_id, topic, int(partition), int(offset), kind)


class JournalError(ComboioError):
    """A line of a journal cannot be read."""


class AckJournal:
    """Collects lines in memory; `flush` appends them to the file. What a disk does not take for long is dropped."""

    def __init__(self, path: Path, disk: Disk, failures: FailureLog) -> None:
        self._path = path
        self._disk = disk
        self._failures = failures
        self._lines: list[str] = []

    def add(self, event_id: str, topic: str, partition: int, offset: int, kind: str) -> None:
        """Collect one acknowledged message."""
        self._lines.append(f"{event_id}\t{topic}\t{partition}\t{offset}\t{kind}\n")

    def flush(self) -> None:
        """Write what was collected, so that readers see it."""
        count = len(self._lines)  # another thread may add in the meantime
        if not count:
            return
        try:
            self._disk.append(self._path, "".join(self._lines[:count]).encode(), PUBLIC)
        except OSError as error:
            self._failures.failed("writing the acknowledgement journal", error)
            if dropped := max(0, count - MOST_UNWRITTEN):
                del self._lines[:dropped]
                _log.error("lines of the acknowledgement journal are lost", extra={"lines": dropped})
            return
        del self._lines[:count]
        self._failures.works("writing the acknowledgement journal")


def read_journal(path: Path) -> Iterator[Acknowledged]:
    """Return the journal's lines, in the order of acknowledgement.

    Raises:
        JournalError: a line breaks the format; an unfinished last line is one that was cut off in the middle.
    """
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield Acknowledged.of(line)
            except ValueError as error:
                raise JournalError(f"{path}, line {number}: {error}") from error

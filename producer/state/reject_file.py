"""The reject file: every reading and message that was refused, whole, with the reason, so that none is lost."""

import json
import logging
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from comboio.host.disk import PRIVATE, Disk
from producer.host.failure_log import FailureLog

MOST_UNSAVED_BYTES = 16 << 20
"""Rejects in memory from which on workers wait: a full disk slows the producer down before it fills the memory."""

_log = logging.getLogger(__name__)


class RejectFile:
    """Collects a JSON line for each: `at`, `reason`, `place`, and the content as `text`, or `base64` if it is no UTF-8.

    `flush` appends them to the file that is at the path then, which is made if there is none. Logs say how many and
    why, never what.
    """

    def __init__(self, path: Callable[[], Path], at: Callable[[], str], disk: Disk, failures: FailureLog) -> None:
        self._path = path
        self._at = at
        self._disk = disk
        self._failures = failures
        self._lock = Lock()
        self._lines: list[bytes] = []
        self._size = 0
        self._reasons: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return how many are not on disk yet."""
        return len(self._lines)

    def full(self) -> bool:
        """Return whether no more should be read before those there are on disk."""
        return self._size >= MOST_UNSAVED_BYTES

    def add(self, reason: str, place: str, content: bytes) -> None:
        """Collect one. `place` is where it came from or was going to."""
        line: dict[str, str] = {"at": self._at(), "reason": reason, "place": place}
        try:
            line["text"] = content.decode()
        except UnicodeDecodeError:
            line["base64"] = b64encode(content).decode()
        data = json.dumps(line).encode() + b"\n"
        with self._lock:
            self._lines.append(data)
            self._size += len(data)
            self._reasons[reason] += 1

    def flush(self) -> bool:
        """Make what was collected durable, and log one line a reason; return whether nothing is left in memory."""
        with self._lock:
            lines, reasons = self._lines[:], self._reasons
            self._reasons = Counter()
        if lines:
            data = b"".join(lines)
            try:
                self._disk.append(self._path(), data, PRIVATE, durable=True)
            except OSError as error:
                with self._lock:
                    self._reasons.update(reasons)
                self._failures.failed("writing the reject file", error)
                return False
            with self._lock:
                del self._lines[: len(lines)]
                self._size -= len(data)
            self._failures.works("writing the reject file")
        for reason, count in reasons.items():
            _log.warning("rejected: %s", reason, extra={"rejected": count, "reject_file": str(self._path())})
        return True

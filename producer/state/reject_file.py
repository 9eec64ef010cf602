"""The reject file: every reading and message that was refused, whole, with the reason, so that none is lost."""

import json
import logging
import os
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from producer.state.private_file import open_private

_log = logging.getLogger(__name__)


class RejectFile:
    """Appends a JSON line for each: `at`, `reason`, `place`, and the content as `text`, or `base64` if it is no UTF-8.

    Made when the first one comes, readable by its owner only. Logs say how many and why, never what.
    """

    def __init__(self, path: Callable[[], Path], now: Callable[[], str]) -> None:
        self._path = path
        self._now = now
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._reasons: Counter[str] = Counter()

    def add(self, reason: str, place: str, content: bytes) -> None:
        """Writes one. `place` says where it came from or was going to."""
        line: dict[str, str] = {"at": self._now(), "reason": reason, "place": place}
        try:
            line["text"] = content.decode()
        except UnicodeDecodeError:
            line["base64"] = b64encode(content).decode()
        with self._lock:
            if self._file is None:
                path = self._path()
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = open_private(path, "ab")
            self._file.write(json.dumps(line).encode() + b"\n")
            self._reasons[reason] += 1

    def flush(self) -> None:
        """Makes what was added durable, and logs one line a reason."""
        with self._lock:
            reasons, self._reasons = self._reasons, Counter()
            if self._file is not None and reasons:
                self._file.flush()
                os.fsync(self._file.fileno())
        for reason, count in reasons.items():
            _log.warning("rejected: %s", reason, extra={"rejected": count, "reject_file": str(self._path())})

"""The spool: messages that Kafka has not acknowledged, in the order in which they must be sent, in memory and on disk.

A line a message, JSON with base64 for bytes. The file is replaced as a whole, so it is there entirely or not at all.
What the disk does not take stays in memory, and the file of before stays where it is, until the disk takes it.
"""

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from comboio.host.disk import PRIVATE, Disk
from producer.host.failure_log import FailureLog
from producer.message.message import OutgoingMessage

_LINES_A_WRITE = 1_000
"""Messages handed to the disk together."""

_log = logging.getLogger(__name__)


class Spool:
    """The messages of one spool file. `path` says where it is; it is asked only then, unless the file is `lasting`.

    `first` is called before the file forgets anything, and says whether it may: what Kafka refused of it must be in the
    reject file by then.

    Raises:
        OSError: the file of an earlier run is there and cannot be read.
    """

    def __init__(
        self,
        path: Callable[[], Path],
        disk: Disk,
        failures: FailureLog,
        first: Callable[[], bool],
        *,
        lasting: bool = True,
    ) -> None:
        self._where = path
        self._first = first
        self._disk = disk
        self._failures = failures
        self._found = path() if lasting else None
        self._damaged: list[bytes] = []
        self._messages: Sequence[OutgoingMessage] = list(self._load())
        self._on_disk: Sequence[OutgoingMessage] = self._messages
        self._waiting: list[Callable[[], None]] = []
        self.saved = not self._damaged
        """Whether the file is as the messages are."""
        if self._damaged:
            self.save()

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def path(self) -> Path:
        """The file."""
        if self._found is None:
            self._found = self._where()
        return self._found

    def place(self) -> str:
        """Return where the file is, for people; what no disk took yet is in memory."""
        return str(self.path) if self.saved else "memory"

    def read(self) -> Iterator[OutgoingMessage]:
        """Return the messages, in order."""
        return iter(self._messages)

    def replace(self, messages: Iterable[OutgoingMessage], settled: Iterable[Callable[[], None]] = ()) -> bool:
        """Hold `messages` instead of those before; return whether they are on disk.

        `settled` is called when they are, or when they are no longer needed: their sources forget them then.
        """
        self._messages = list(messages)
        self._waiting += settled
        self.saved = False
        return self.save()

    def clear(self) -> bool:
        """Everything was acknowledged; return whether the file is gone too."""
        return self.replace(())

    def save(self) -> bool:
        """Bring the file in line with the messages if it is not; return whether it is. To be called until it is."""
        if not self._messages:
            self._release()
        return self.saved or (self._first() and self._write(self._messages))

    def keep_all(self) -> bool:
        """Write down the messages, and also those of before, as `first` could not do its part until the end of a run.

        What Kafka has of them it gets twice, which is better than never.
        """
        return self.saved or self._write([*dict.fromkeys([*self._on_disk, *self._messages])])

    def _write(self, messages: Sequence[OutgoingMessage]) -> bool:
        try:
            self._set_damaged_aside()
            if messages:
                self._disk.replace(self.path, _chunks(messages))
            elif self._found is not None:
                self._disk.remove(self._found)
        except OSError as error:
            self._failures.failed("writing the spool", error)
            return False
        self.saved, self._on_disk = True, messages
        self._failures.works("writing the spool")
        self._release()
        return True

    def _release(self) -> None:
        waiting, self._waiting = self._waiting, []
        for settled in waiting:
            settled()

    def _load(self) -> Iterator[OutgoingMessage]:
        if self._found is None or not self._found.exists():
            return
        with self._found.open("rb") as lines:
            for line in lines:
                try:
                    yield _message(json.loads(line))
                except (ValueError, KeyError, TypeError, RecursionError):
                    self._damaged.append(line.rstrip(b"\n") + b"\n")

    def _set_damaged_aside(self) -> None:
        """Keep the lines that cannot be sent in a file of their own, since the spool goes when the rest is sent."""
        if not self._damaged:
            return
        beside = self.path.with_suffix(".damaged")
        self._disk.append(beside, b"".join(self._damaged), PRIVATE, durable=True)
        _log.error(
            "lines of the spool cannot be read: they are kept in a file beside it, and the rest is sent",
            extra={"spool": str(self.path), "lines": len(self._damaged), "kept": str(beside)},
        )
        self._damaged = []


def _chunks(messages: Iterable[OutgoingMessage]) -> Iterator[bytes]:
    left = iter(messages)
    while some := list(islice(left, _LINES_A_WRITE)):
        yield b"".join(json.dumps(_fields(message)).encode() + b"\n" for message in some)


def _fields(message: OutgoingMessage) -> dict[str, Any]:
    return {**message._asdict(), "key": _text(message.key), "value": _text(message.value)}


def _message(fields: dict[str, Any]) -> OutgoingMessage:
    message = OutgoingMessage(**{**fields, "key": _bytes(fields["key"]), "value": _bytes(fields["value"])})
    if not all(isinstance(text, str) for text in (message.topic, *message[3:])):
        raise ValueError("a field of the wrong type")
    return message


def _text(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else b64decode(value, validate=True)

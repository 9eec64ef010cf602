"""The spool: messages that Kafka has not acknowledged, on disk, in the order in which they must be sent.

A line a message, JSON with base64 for bytes. The file is replaced as a whole, so it is there entirely or not at all.
"""

import json
import logging
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from producer.message.message import Message
from producer.state.private_file import open_private

_log = logging.getLogger(__name__)


class Spool:
    """One spool file, made when something must be kept. `path` says where; asked only then, unless it is `lasting`.

    Raises:
        OSError: it cannot be written or read.
    """

    def __init__(self, path: Callable[[], Path], lasting: bool = True) -> None:
        self._where = path
        self._found = path() if lasting else None
        self.messages = sum(1 for _ in self.read())
        if damaged := self._damaged():
            self._set_aside(damaged)

    @property
    def path(self) -> Path:
        """The file."""
        if self._found is None:
            self._found = self._where()
        return self._found

    def read(self) -> Iterator[Message]:
        """The messages, in order, without the lines that cannot be read."""
        return (each for each in self._lines() if isinstance(each, Message))

    def _damaged(self) -> list[bytes]:
        return [each for each in self._lines() if isinstance(each, bytes)]

    def _lines(self) -> Iterator[Message | bytes]:
        """The message of each line, or the line itself where there is none in it."""
        if self._found is None or not self._found.exists():
            return
        with self.path.open("rb") as lines:
            for line in lines:
                try:
                    yield _message(json.loads(line))
                except (ValueError, KeyError, TypeError):
                    yield line

    def _set_aside(self, damaged: list[bytes]) -> None:
        """Keeps what is not sent, since the spool goes when the rest of it is acknowledged."""
        beside = self.path.with_suffix(".damaged")
        with open_private(beside, "ab") as kept:
            kept.writelines(line.rstrip(b"\n") + b"\n" for line in damaged)
        _log.error(
            "lines of the spool cannot be read: they are kept beside it, to be looked at; the rest is sent",
            extra={"spool": str(self.path), "lines": len(damaged), "kept": str(beside)},
        )

    def replace(self, messages: Iterable[Message]) -> int:
        """Puts `messages`, which may come from this very file, in place of what was there; how many there are.

        They are on disk when this returns.
        """
        messages = iter(messages)
        first = next(messages, None)
        if first is None:
            self.clear()
            return 0
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        count = 0
        with open_private(fresh, "wb") as lines:
            for count, message in enumerate(chain([first], messages), start=1):  # noqa: B007 - the count is what is left of the loop
                lines.write(json.dumps(_fields(message)).encode() + b"\n")
            lines.flush()
            os.fsync(lines.fileno())
        fresh.replace(self.path)
        _sync_directory(self.path.parent)
        self.messages = count
        return count

    def clear(self) -> None:
        """Everything was acknowledged."""
        if self._found is not None:
            self._found.unlink(missing_ok=True)
        self.messages = 0


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _fields(message: Message) -> dict[str, Any]:
    return {**message._asdict(), "key": _text(message.key), "value": _text(message.value)}


def _message(fields: dict[str, Any]) -> Message:
    return Message(**{**fields, "key": _bytes(fields["key"]), "value": _bytes(fields["value"])})


def _text(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else b64decode(value, validate=True)

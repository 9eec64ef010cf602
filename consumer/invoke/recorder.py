"""Keeps what the function was invoked with and what it answered, as files: `--record DIR`."""

import gzip
import json
import logging
import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from consumer.event import ConsumedRecord, EventSource
from consumer.event_json import event_json
from consumer.invoke.invoke import InvocationError, Invoker

COMPRESSED_FROM_BYTES = 256 * 1024
"""A larger event is written by gzip: nobody reads it in an editor, and a full batch has 6 MB."""

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
"""Events have the messages themselves, so they are for the service's own user."""


class Recorder:
    """An invoker that writes each event and each answer, and has another one invoke the function.

    `000001.event.json` is the event, byte by byte (`.json.gz` where it is large), `000001.answer.json` has what came of
    it: `{"answer": ...}` or `{"error": "..."}`. The first file that cannot be written ends the recording, not the work.

    Raises:
        OSError: there can be no such directory.
    """

    def __init__(self, invoker: Invoker, directory: Path, log: logging.Logger) -> None:
        self._invoker = invoker
        self._directory = directory.absolute()  # a handler in this process may change the directory
        self._log = log
        self._directory.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        numbers = (path.name.partition(".")[0] for path in self._directory.iterdir())
        self._numbers = count(1 + max((int(each) for each in numbers if each.isdecimal()), default=0))
        self._ended = False
        log.warning("recording each event, with its messages, in %s", self._directory)

    @property
    def function_arn(self) -> str:
        """The ARN of the function."""
        return self._invoker.function_arn

    def deliver(self, batch: Sequence[ConsumedRecord], source: EventSource, request_id: str) -> Any:
        """See Invoker. The event is on disk before the function has it, so also that of a function that dies."""
        number = next(self._numbers)  # in one step, so that two threads never have the same
        self._keep_event(number, batch, source)
        try:
            answer = self._invoker.deliver(batch, source, request_id)
        except InvocationError as error:
            self._keep_answer(number, {"error": str(error)})
            raise
        self._keep_answer(number, {"answer": answer})
        return answer

    def _keep_event(self, number: int, batch: Sequence[ConsumedRecord], source: EventSource) -> None:
        if self._ended:
            return
        event = event_json(batch, source)
        if len(event) > COMPRESSED_FROM_BYTES:
            self._write(f"{number:06d}.event.json.gz", gzip.compress(event, mtime=0))
        else:
            self._write(f"{number:06d}.event.json", event)

    def _keep_answer(self, number: int, came: dict[str, Any]) -> None:
        if self._ended:
            return
        try:
            text = json.dumps(came, indent=1)
        except (ValueError, RecursionError):  # a function may answer lists a thousand deep
            text = json.dumps({"error": "the answer cannot be written as JSON"})
        self._write(f"{number:06d}.answer.json", text.encode())

    def _write(self, name: str, content: bytes) -> None:
        """Write a file that was not there; nobody else may read it."""
        path = self._directory / name
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
                file.write(content)
        except OSError as error:
            self._ended = True
            why = "another consumer records there too" if isinstance(error, FileExistsError) else error
            self._log.error("the recording in %s ends, and the service goes on: %s", self._directory, why)

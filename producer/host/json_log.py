"""Logs as JSON, a line each, with the fields given as `extra`."""

import json
import logging
from contextlib import suppress

from comboio.host.background import Background
from producer.host.streams import STANDARD_ERROR, write_all
from producer.iso_time import iso_utc

OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}
"""Attributes that every record has; the others are `extra`."""

QUEUED = 10_000
"""Lines that may wait for standard error; the oldest are dropped then."""


class JsonFormatter(logging.Formatter):
    """`{"timestamp", "level", "logger", "message", ...extra}`; an exception as `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON."""
        line = {
            "timestamp": iso_utc(int(record.created * 1000)),
            "level": record.levelname,
            "service": "comboio-producer",
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in OWN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class BackgroundHandler(logging.Handler):
    """Writes lines to a file descriptor in a thread of its own: a reader that is stuck does not stop the service."""

    def __init__(self, file: int) -> None:
        super().__init__()
        self._file = file
        self._lines = Background(self._write, "log", QUEUED)

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the record's line."""
        try:
            self._lines.put(f"{self.format(record)}\n".encode(errors="backslashreplace"))
        except Exception:  # what cannot be formatted must not end whoever logs it
            self.handleError(record)

    def flush(self) -> None:
        """Wait a little for what is queued."""
        self._lines.flush()

    def close(self) -> None:
        """Write what is queued, and end."""
        self._lines.close()
        super().close()

    def _write(self, line: bytes) -> None:
        with suppress(OSError):  # there is nowhere to say so
            write_all(self._file, line)


def log_as_json(level: str) -> None:
    """Send all logs of `level` and above to standard error as JSON."""
    handler = BackgroundHandler(STANDARD_ERROR)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("librdkafka").addFilter(_not_a_failed_connection)


def tell(text: object) -> None:
    """Write a line for people to standard error, after what was logged."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    with suppress(OSError):
        write_all(STANDARD_ERROR, f"{text}\n".encode(errors="backslashreplace"))


def _not_a_failed_connection(record: logging.LogRecord) -> bool:
    """Drop failed connections: librdkafka logs each attempt, and reports them as errors too, which are summed up."""
    return not record.getMessage().startswith("FAIL ")

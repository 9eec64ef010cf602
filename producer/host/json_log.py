"""Logs as JSON, a line each, with the fields given as `extra`."""

import json
import logging
import sys

from producer.iso_time import iso_utc

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}


class JsonFormatter(logging.Formatter):
    """`{"timestamp", "level", "logger", "message", ...extra}`; an exception as `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        line = {
            "timestamp": iso_utc(int(record.created * 1000)),
            "level": record.levelname,
            "service": "comboio-producer",
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _OWN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def log_as_json(level: str) -> None:
    """Sends all logs of `level` and above to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("librdkafka").addFilter(_not_a_failed_connection)


def _not_a_failed_connection(record: logging.LogRecord) -> bool:
    """librdkafka logs each attempt to connect, many a second; it reports them as errors too, which are summed up."""
    return not record.getMessage().startswith("FAIL ")

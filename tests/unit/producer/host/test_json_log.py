"""Logs: one line of JSON a record, with its fields."""

import json
import logging

from producer.host.json_log import JsonFormatter


def _line(**extra: object) -> dict[str, object]:
    record = logging.getLogger("producer.kafka.delivery").makeRecord(
        "producer.kafka.delivery", logging.ERROR, __file__, 1, "not %s", ("delivered",), None, extra=extra
    )
    line: dict[str, object] = json.loads(JsonFormatter().format(record))
    return line


def test_a_line_has_its_message_and_fields() -> None:
    """Arguments are in the message, extras are fields of their own."""
    line = _line(topic="mt-c400", messages=3)
    assert (line["message"], line["level"], line["topic"], line["messages"]) == ("not delivered", "ERROR", "mt-c400", 3)


def test_nothing_internal_is_logged() -> None:
    """Only the fields of a log line, none of the logging module's own."""
    assert set(_line()) == {"timestamp", "level", "service", "logger", "message"}

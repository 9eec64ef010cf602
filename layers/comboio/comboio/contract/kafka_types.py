"""What Kafka allows as a topic, a partition, an offset, a timestamp, a header's name: one rule for records and letters.

A topic that keeps these rules has no character that JSON, an SQS attribute or a log line would have to escape.
"""

import re
from typing import TypeGuard

TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""Source: org.apache.kafka.common.internals.Topic."""

_MAX_PARTITION = 2**31 - 1
MAX_OFFSET = 2**63 - 1
MIN_TIMESTAMP, MAX_TIMESTAMP = -(2**63), 2**63 - 1


def is_topic(value: object) -> bool:
    """Return whether a value is a legal topic name."""
    return isinstance(value, str) and TOPIC.fullmatch(value) is not None


def is_header_name(name: str) -> bool:
    """Return whether a header may have a name: Unicode text, and without a NUL.

    An event's JSON may have any other; confluent-kafka ends the process at one that is not Unicode, and cuts one off at
    a NUL.
    """
    if "\0" in name:
        return False
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_partition(value: object) -> bool:
    """Return whether a value is a partition number: Kafka counts from 0."""
    return type(value) is int and 0 <= value <= _MAX_PARTITION


def is_offset(value: object) -> TypeGuard[int]:
    """Return whether a value is an offset: Kafka counts from 0."""
    return type(value) is int and 0 <= value <= MAX_OFFSET


def is_timestamp(value: object) -> TypeGuard[int]:
    """Return whether a value is a timestamp in milliseconds; -1 stands for none."""
    return type(value) is int and MIN_TIMESTAMP <= value <= MAX_TIMESTAMP

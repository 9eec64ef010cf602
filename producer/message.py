"""A message on its way to Kafka: what the stages have made of a reading."""

from typing import NamedTuple, TypeAlias

Headers: TypeAlias = list[tuple[str, str | bytes | None]]


class Message(NamedTuple):
    """What is produced. A `value` of None is a tombstone. `kind` is `ok`, or which fault it is on purpose."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    event_id: str
    kind: str = "ok"

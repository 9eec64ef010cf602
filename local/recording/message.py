"""Messages to record: the same in every run, so that events can be recorded again and compared."""

import json
from typing import NamedTuple

STARTED = 1_795_359_600_123
"""2026-11-22T15:00:00.123Z in epoch ms."""

Headers = tuple[tuple[str, bytes | None], ...]


class Message(NamedTuple):
    """A message to produce."""

    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp: int
    """Epoch milliseconds."""
    aborted: bool = False
    """Whether its transaction is aborted; those of a row that are alike share a transaction."""


def payload(number: int, codigo: int) -> bytes:
    """Return a payload that keeps the contract, with a field that the contract does not know."""
    event_id = f"{STARTED:012x}"
    return json.dumps(
        {
            "event_id": f"{event_id[:8]}-{event_id[8:]}-7000-8000-{number:012x}",
            "codigo": codigo,
            "truck_id": f"T-{number % 4:06d}",
            "occurred_at": "2026-11-22T15:00:00.123Z",
            "velocidade_kmh": 60 + number % 50,
        }
    ).encode()


def headers(number: int) -> Headers:
    """Return the producer's headers. The correlation id ends in an e with an acute accent: bytes above 127."""
    trace = f"00-{number + 1:032x}-00f067aa0ba902b7-01"
    return ("correlation_id", f"viagem-{number}-é".encode()), ("traceparent", trace.encode())


def good(partition: int, number: int, codigo: int = 301) -> Message:
    """Return a message that is to be dispatched."""
    key = f"{codigo}:T-{number % 4:06d}".encode()
    return Message(partition, key, payload(number, codigo), headers(number), STARTED + number)


def with_value(partition: int, number: int, value: bytes | None, key: bytes | None = b"301:T-000001") -> Message:
    """Return a message with another value, and with another key where one is given."""
    return Message(partition, key, value, headers(number), STARTED + number)

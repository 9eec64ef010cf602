"""Messages on their way to Kafka: what the stages make of readings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

Headers = dict[str, str | bytes | None]
"""Header values by name."""

SOUND = "ok"
"""The kind of a message that is not a fault on purpose."""


class OutgoingMessage(NamedTuple):
    """One message, with all that it takes to send it again."""

    topic: str
    """Where it goes; Kafka chooses the partition."""
    key: bytes | None
    """What must stay in order together."""
    value: bytes | None
    """The payload; None is a tombstone."""
    event_id: str
    """The event's id."""
    correlation_id: str
    """What else belongs to it."""
    traceparent: str
    """The W3C trace that it begins."""
    kind: str = SOUND
    """`ok`, or which fault on purpose it is."""


@dataclass(slots=True)
class MessageBatch:
    """A batch of messages in columns, a list a field: an object for each message would cost more than its payload."""

    topics: list[str]
    keys: list[bytes | None]
    values: list[bytes | None]
    event_ids: list[str]
    correlation_ids: list[str]
    traceparents: list[str]
    faults: dict[int, str]
    """Which of them, by place, are faults on purpose, and of which kind."""

    @classmethod
    def of(cls, messages: Sequence[OutgoingMessage]) -> Self:
        """Return these messages as a batch, in their order."""
        return cls(
            [message.topic for message in messages],
            [message.key for message in messages],
            [message.value for message in messages],
            [message.event_id for message in messages],
            [message.correlation_id for message in messages],
            [message.traceparent for message in messages],
            {place: message.kind for place, message in enumerate(messages) if message.kind != SOUND},
        )

    def __len__(self) -> int:
        return len(self.topics)

    def __getitem__(self, place: int) -> OutgoingMessage:
        return OutgoingMessage(
            self.topics[place],
            self.keys[place],
            self.values[place],
            self.event_ids[place],
            self.correlation_ids[place],
            self.traceparents[place],
            self.faults.get(place, SOUND),
        )

    def spoil(self, place: int, value: bytes | None, kind: str) -> None:
        """Make the message at `place` a fault of that `kind`, with another value."""
        self.values[place], self.faults[place] = value, kind

    def headers(self) -> Iterator[Headers]:
        """Return each message's headers, to be used before the next one's are asked for.

        A fault on purpose says which event it was, since its payload may not.
        """
        if not self.faults:
            return self._headers()
        return (
            {**headers, "event_id": self.event_ids[place]} if place in self.faults else headers
            for place, headers in enumerate(self._headers())
        )

    def _headers(self) -> Iterator[Headers]:
        headers: Headers = {}
        for correlation_id, traceparent in zip(self.correlation_ids, self.traceparents, strict=True):
            headers["correlation_id"] = correlation_id
            headers["traceparent"] = traceparent
            yield headers

    def size(self) -> int:
        """Return the payload bytes of all."""
        return sum(map(len, filter(None, self.values)))

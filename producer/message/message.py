"""Messages on their way to Kafka, as the stages make them of readings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from producer.message.trace_sampling import SAMPLED

Headers = dict[str, str | bytes | None]
"""Header values by name."""

SOUND = "ok"
"""A message that is not a fault on purpose has this kind."""


class OutgoingMessage(NamedTuple):
    """One message, with everything needed to send it again."""

    topic: str
    """Where it goes; Kafka chooses the partition."""
    key: bytes | None
    """Messages of one key stay in order."""
    value: bytes | None
    """The payload; None is a tombstone."""
    event_id: str
    """The event's id."""
    correlation_id: str
    """Other messages about the same matter have the same id."""
    traceparent: str
    """The W3C trace that it begins."""
    kind: str = SOUND
    """`ok`, or the kind of a fault on purpose."""


@dataclass(slots=True)
class MessageBatch:
    """A batch of messages in columns: an object for each message would cost more than its payload."""

    topics: list[str]
    """The topic of each message; the other lists follow the same order."""
    keys: list[bytes | None]
    """Keys; None lets Kafka choose any partition."""
    values: list[bytes | None]
    """Payloads; None is a tombstone."""
    event_ids: list[str]
    """Ids of the events."""
    correlation_ids: list[str]
    """Values of the header `correlation_id`."""
    traceparents: list[str]
    """Values of the header `traceparent`."""
    faults: dict[int, str]
    """The kind of each fault on purpose, by its place in the lists."""
    followed: Sequence[int] = ()
    """Places of the messages whose trace is sampled."""

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
            [place for place, message in enumerate(messages) if message.traceparent.endswith(SAMPLED)],
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

    def only(self, places: Sequence[int]) -> Self:
        """Return those at `places`."""
        return self.of([self[place] for place in places])

    def spoil(self, place: int, value: bytes | None, kind: str) -> None:
        """Make the message at `place` a fault of that `kind`, with another value."""
        self.values[place], self.faults[place] = value, kind

    def headers(self) -> Iterator[Headers]:
        """Return each message's headers in turn; the next ones overwrite them.

        A fault on purpose names its event in the headers, since its payload may not.
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
        """Return the total of the payload bytes."""
        return sum(map(len, filter(None, self.values)))

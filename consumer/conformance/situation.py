"""A situation to see a mapping in, what is seen of it there, and what that is judged by."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

Event = Mapping[str, Any]

Position = tuple[str, int]
"""A partition as the event names it, and an offset."""

Batch = Sequence[Position]
"""The positions in an event."""

Batches = Sequence[Batch]

REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


class ProducedMessage(NamedTuple):
    """A message to produce."""

    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = 0
    """Epoch milliseconds; 0 is now."""


class Reply(NamedTuple):
    """What the function answers."""

    body: Any = None
    status: int = 200
    failed: bool = False
    """Whether it is an error of the function (the header `X-Amz-Function-Error`)."""


class Verdict(StrEnum):
    """What a row comes to."""

    PASSES = "passes"
    FAILS = "fails"
    OPEN = "open"
    """AWS's documents allow more than one reading; which it is, is told."""


class Finding(NamedTuple):
    """The verdict on a row, and what was seen."""

    verdict: Verdict
    seen: str = ""


class Observed(NamedTuple):
    """What was seen of a mapping in a situation."""

    events: list[Event]
    """In the order in which the function got them."""
    produced: dict[str, int]
    """Messages by partition."""
    committed: dict[str, int]
    """The group's positions at the end."""
    destination: list[tuple[bytes | None, bytes]]
    """Keys and values of the on-failure topic."""
    topic: str

    @property
    def positions(self) -> list[list[Position]]:
        """The positions of each event, in its order."""
        return [positions(event) for event in self.events]

    def at(self, *offsets: int, partition: int = 0) -> list[Position]:
        """Return positions of a partition."""
        return [(f"{self.topic}-{partition}", offset) for offset in offsets]


class Row(NamedTuple):
    """One documented behaviour."""

    what: str
    page: str
    """AWS's page that documents it."""
    judge: Callable[[Observed], Finding]
    is_open: bool = False
    """Whether AWS's documents leave more than one reading of it, so that it is a question."""


class Situation(NamedTuple):
    """How a mapping is set, what is in its topic, and what the function answers."""

    name: str
    settings: Mapping[str, Any]
    """Properties of AWS::Lambda::EventSourceMapping, beside those that every situation has."""
    messages: Sequence[ProducedMessage]
    reply: Callable[[Batches, Batch], Reply]
    """Of the earlier events and this one, which may have any size: the mapping makes them."""
    rows: Sequence[Row]
    gives_up: bool = False
    """Whether there is an on-failure topic."""
    later: ProducedMessage | None = None
    """What is produced once a second while the mapping runs, until the function gets an event."""

    @property
    def partitions(self) -> int:
        """Partitions of the topic."""
        return 1 + max(message.partition for message in self.messages)

    @property
    def questions(self) -> Sequence[Row]:
        """The rows that AWS's documents leave open."""
        return [row for row in self.rows if row.is_open]


def positions(event: Event) -> list[Position]:
    """Return the positions of an event, in its order."""
    return [(name, record["offset"]) for name, group in event["records"].items() for record in group]

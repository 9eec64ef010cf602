"""A route: which messages it takes, and what it does with them."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from zlib import crc32

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from comboio.contract.name import NAME
from comboio.contract.record import Record
from comboio.message.content import Code
from comboio.once import Once
from comboio.routing.codigo_range import CodigoRange, parse_codigos
from comboio.routing.topic import checked_topic
from comboio.section import Section

if TYPE_CHECKING:
    from comboio.routing.condition import Condition

_DEAD_LETTER = "dead_letter"
"""The reserved destination: what goes there is unroutable, and is kept in the DLQ."""

DISCARD = "discard"
"""The reserved destination of what is not wanted: it is counted, and goes nowhere."""

RESERVED = (_DEAD_LETTER, DISCARD)

_TO_THE_DLQ = (_DEAD_LETTER,)
_TO_NOBODY = (DISCARD,)
"""What such routes have for destinations: each record is compared with both."""

MAX_AGE_S = 1_036_800
"""12 days: what is diverted waits in SQS, which keeps no message longer than 14; by then it is in the DLQ."""

Codigos = Annotated[CodigoRange | str, BeforeValidator(parse_codigos)]
"""A codigo, a range of them, or a code that is a text."""

Topic = Annotated[str, AfterValidator(checked_topic)]
"""A topic, by its name: no pattern, as a table is looked up by topic."""

Name = Annotated[str, Field(pattern=NAME)]
"""What destinations and routes are called."""


class Policy(Section):
    """What a route does with its messages."""

    to: tuple[Name, ...] = Field(
        min_length=1,
        description="Destinations; a message is done when all have it. `dead_letter` is the DLQ, and `discard` counts "
        "a message and sends it nowhere.",
    )
    ordering: Literal["key", "none"] = Field("none", description="Whether the messages of a key stay in order.")
    idempotency: Literal["offset", "event"] = Field(
        "offset", description="Whether duplicates are told by Kafka offset only, or by `event_id` too."
    )
    pack: int = Field(1, strict=True, ge=1, le=1000, description="Maximum messages in one entry of a destination.")
    max_attempts: int = Field(5, strict=True, ge=1, le=1000, description="Attempts before a message is a dead letter.")
    max_age_s: int = Field(
        86_400,
        strict=True,
        ge=60,
        le=MAX_AGE_S,
        description="Seconds that a diverted message is retried, from its first failure, before it is a dead letter.",
    )
    when_down: Literal["divert", "wait"] = Field(
        "divert",
        description="What happens to messages whose destination is down: `divert` moves them to the hold queue and "
        "lets the partition go on, `wait` leaves them in Kafka and holds the partition up.",
    )
    priority: int = Field(0, strict=True, ge=-100, le=100, description="Higher goes first within a batch.")
    sample: float = Field(
        1.0,
        strict=True,
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="The share of messages that are sent; the others are discarded, and counted. Which ones they are "
        "depends on the record alone, so a redelivery changes nothing.",
    )

    @property
    def dead(self) -> bool:
        """Return whether it leads to the DLQ and nowhere else."""
        return self.to == _TO_THE_DLQ

    def discards(self, record: Record) -> bool:
        """Return whether it lets a record go: all of them, or those that its sample leaves out."""
        if self.to == _TO_NOBODY:
            return True
        return self.sample < 1 and crc32(record.id.encode()) >= self.sample * 2**32


class Route(Policy):
    """A policy and what it holds for: its topics (none: all), its codigos (none: all), and what else it asks."""

    name: Name = Field(description="What the route is called in logs, metrics and dead letters.")
    topics: Annotated[tuple[Topic, ...], Once] = Field((), description="Topics whose messages it takes; none: all.")
    codigos: Annotated[tuple[Codigos, ...], Once] = Field(
        (), description='Codes that it takes: 300, "300-399", or a text such as "VEHICLE_STOP"; none: all.'
    )
    when: dict[str, Any] = Field(
        default_factory=dict,
        description="What else a message must be: fields (`value.PATH`, `header.NAME`, `key`), each with a pattern in "
        'the words of EventBridge, such as `["acme"]`, `"prefix:BR-"`, `">120"` or `{ exists = true }`.',
    )
    value: Literal["payload", "tombstone"] = Field(
        "payload", description="Whether it takes messages, or tombstones: records without a value."
    )

    _condition: "Condition | None" = PrivateAttr(None)

    @model_validator(mode="after")
    def _compile(self) -> Self:
        if self.when:
            from comboio.routing.condition import Condition  # where a table asks for it: a cold start pays

            try:
                self._condition = Condition(self.when)
            except ValueError as error:
                raise ValueError(f"when: {error}") from None
            if self.value == "tombstone" and self._condition.looks_inside:
                raise ValueError("when: a tombstone has no payload to look into. Ask for its key or headers")
        return self

    @property
    def condition(self) -> "Condition | None":
        """Return what it asks of a message beside topic and code; None if nothing."""
        return self._condition

    def takes(self, topic: str, code: Code | None, *, tombstone: bool = False) -> bool:
        """Return whether the route applies to messages of a topic and code, whatever else it asks of them."""
        return (
            (self.value == "tombstone") == tombstone
            and (not self.topics or topic in self.topics)
            and self.holds_code(code)
        )

    def holds_code(self, code: Code | None) -> bool:
        """Return whether a code is among its codigos."""
        if isinstance(code, int):
            holds = any(isinstance(each, CodigoRange) and each.holds(code) for each in self.codigos)
        else:
            holds = code in self.codigos
        return holds or not self.codigos

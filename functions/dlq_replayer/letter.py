"""A message as its source gave it: a dead letter, or something else that lies there."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from comboio.contract.dead_letter import DeadLetter


class Receipt(NamedTuple):
    """What a source needs to find a message again."""

    place: str
    """The message's id, or the object's key."""
    handle: str
    """What this reading of it is called."""


@dataclass(slots=True)
class ReceivedLetter:
    """One message that a run has read and must remove or leave."""

    receipt: Receipt
    sent_at: int
    """When its source got it (epoch ms)."""
    text: str
    """As it came: so it is parked."""
    letter: DeadLetter | None
    """None where it is no dead letter, or could not be read."""
    flaw: str = ""
    """Why there is no letter."""
    unread: bool = False
    """Whether it could not be read just now, and may be a letter all the same."""
    attributes: dict[str, Any] = field(default_factory=dict)
    """SQS's, which go along to parking."""
    envelope: str = ""
    """The letter's JSON, as the dispatcher gets it; empty where there is no letter."""

    @property
    def dead(self) -> DeadLetter:
        """The letter of a message that is known to be one."""
        assert self.letter is not None  # noqa: S101  (a defect of the caller)
        return self.letter

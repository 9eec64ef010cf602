"""A message as its source holds it: a dead letter, or what somebody else put there."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from comboio.contract.dead_letter import DeadLetter


class Ticket(NamedTuple):
    """What a source needs to find a message again: its `place` (message id, object key) and a `handle` of this read."""

    place: str
    handle: str


@dataclass(slots=True)
class Held:
    """One message. `sent_at` is when its source got it, ms since 1970; `text` as it came, or as it is parked.

    `letter` is None where it is no dead letter; `flaw` then says why, and `for_now` whether that may pass. `envelope`
    is the letter's JSON: `text` itself, unless that only points to it. `attributes` are SQS's, and go along to parking.
    """

    ticket: Ticket
    sent_at: int
    text: str
    letter: DeadLetter | None
    flaw: str = ""
    for_now: bool = False
    envelope: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def dead(self) -> DeadLetter:
        """The letter of one that has been told apart already."""
        assert self.letter is not None  # noqa: S101  (a defect of the caller)
        return self.letter

"""How dead letters are given to the dispatcher again: the event, the answer, and the claim that makes it idempotent.

Event: `{"eventSource": "comboio:dead-letters", "letters": [<envelope>, ...]}`, in a synchronous invocation. Answer:
`{"outcomes": {"<letter id>": "<outcome>"}, "foreign": [{"place": 0, "flaw": "..."}]}`. What is no letter is named by
its place in the event, and does not hinder the others.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, TypedDict

from comboio.contract.dead_letter import DeadLetter, ForeignLetterError
from comboio.errors import InvalidDataError

EVENT_SOURCE = "comboio:dead-letters"

START = f'{{"eventSource":"{EVENT_SOURCE}","letters":['
_END = "]}"


class RedispatchOutcome(StrEnum):
    """What became of a letter."""

    DISPATCHED = "dispatched"
    DUPLICATE = "duplicate"
    """An earlier replay dispatched it."""
    DEAD = "dead"
    """It is in the DLQ again, as a letter of its own that counts one replay more."""
    FAILED = "failed"
    BUSY = "busy"
    """Another replay works on it at this moment."""


OrderKey = tuple[str, bytes]
"""A topic and a key in it: what a replay keeps the order of."""

DONE = frozenset({RedispatchOutcome.DISPATCHED, RedispatchOutcome.DUPLICATE, RedispatchOutcome.DEAD})
"""Outcomes after which a letter may leave its source."""


class ForeignEntry(TypedDict):
    """An entry of the event that is no dead letter: its place in the list, and why."""

    place: int
    flaw: str


class RedispatchAnswer(TypedDict):
    """What became of each letter, by its id; and what was no letter."""

    outcomes: dict[str, str]
    foreign: list[ForeignEntry]


class MalformedRedispatchError(InvalidDataError):
    """The event has no list of letters."""


def order_key(topic: str, key: bytes | None) -> OrderKey | None:
    """Return what a replay keeps a record's order by. A record without a key has no order."""
    return None if key is None else (topic, key)


def claim_name(letter_id: str) -> str:
    """Return the name of the claim of a letter: whoever replays it, and whereto, holds this claim."""
    return f"replay#{letter_id}"


def is_redispatch(event: object) -> bool:
    """Return whether an event has dead letters to dispatch again."""
    return isinstance(event, Mapping) and event.get("eventSource") == EVENT_SOURCE


def event_text(envelopes: Iterable[str]) -> str:
    """Return the event with some letters, each given as JSON."""
    return f"{START}{','.join(envelopes)}{_END}"


def letters_of(event: Mapping[str, Any]) -> tuple[dict[str, DeadLetter], list[ForeignEntry]]:
    """Return the letters of an event by id, and the entries that are none.

    Raises:
        MalformedRedispatchError: there is no list of letters.
    """
    entries = event.get("letters")
    if not isinstance(entries, list):
        raise MalformedRedispatchError(
            f"An event of {EVENT_SOURCE} has a list of dead letters in `letters`, and this one has none. "
            "Check what invokes the function."
        )
    letters: dict[str, DeadLetter] = {}
    foreign: list[ForeignEntry] = []
    for place, entry in enumerate(entries):
        try:
            letter = DeadLetter.from_fields(entry)
        except ForeignLetterError as error:
            foreign.append({"place": place, "flaw": str(error)})
        else:
            letters[letter.id] = letter
    return letters, foreign


def outcomes_of(answer: Mapping[str, Any], letter_ids: Iterable[str]) -> dict[str, RedispatchOutcome]:
    """Return the outcome of each letter that an answer names; FAILED for those that it does not."""
    outcomes = answer.get("outcomes")
    outcomes = outcomes if isinstance(outcomes, Mapping) else {}
    return {letter_id: _outcome(outcomes.get(letter_id)) for letter_id in letter_ids}


def _outcome(word: object) -> RedispatchOutcome:
    try:
        return RedispatchOutcome(word)  # type: ignore[arg-type]  # whatever it is: a ValueError
    except ValueError:
        return RedispatchOutcome.FAILED

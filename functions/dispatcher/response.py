"""The partial-batch response: which records the mapping must redeliver.

Format: AWS Lambda, "Kafka retry configurations"; the identifier is an object, and an unknown one makes Lambda retry
the whole batch.
"""

from collections.abc import Iterable
from typing import TypedDict


class Position(TypedDict):
    """The identifier of a record: the mapping's name of its partition, and its offset."""

    partition: str
    offset: int


class Failure(TypedDict):
    """One record to redeliver."""

    itemIdentifier: Position


class Response(TypedDict):
    """The function's answer; an empty list means that the whole batch is done."""

    batchItemFailures: list[Failure]


DrainAnswer = dict[str, list[dict[str, str]]]
"""The drainer's: `{"batchItemFailures": [{"itemIdentifier": message id}, ...]}` names the messages that stay."""


def response(incomplete: Iterable[tuple[str, int]]) -> Response:
    """Return the answer for the (partition, offset) pairs that are not done."""
    return {"batchItemFailures": [_failure(name, offset) for name, offset in incomplete]}


def _failure(partition: str, offset: int) -> Failure:
    return {"itemIdentifier": {"partition": partition, "offset": offset}}

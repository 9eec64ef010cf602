"""The partial-batch response: which records the mapping must bring again.

Format: AWS Lambda, "Kafka retry configurations"; the identifier is an object, and an unknown one makes Lambda retry
the whole batch.
"""

from collections.abc import Iterable
from typing import TypedDict


class Position(TypedDict):
    """A record by the mapping's name of its partition and its offset."""

    partition: str
    offset: int


class Failure(TypedDict):
    """One record to bring again."""

    itemIdentifier: Position


class Response(TypedDict):
    """What the function answers; an empty list says that the whole batch is done."""

    batchItemFailures: list[Failure]


def response(undone: Iterable[tuple[str, int]]) -> Response:
    """The answer for the (partition, offset) pairs that are not done."""
    return {"batchItemFailures": [{"itemIdentifier": {"partition": name, "offset": offset}} for name, offset in undone]}

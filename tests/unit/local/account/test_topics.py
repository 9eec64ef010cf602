"""What Kafka says when a run's topics and groups are deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from local.account.topics import deleted
from local.errors import LocalError


class Answer:
    """A future of Kafka's client."""

    def __init__(self, error: int | None = None) -> None:
        self._error = error

    def result(self, _within_s: float) -> None:
        """Return, or raise what Kafka says; 0 is nothing at all."""
        if self._error == 0:
            raise TimeoutError
        if self._error is not None:
            raise KafkaException(KafkaError(self._error))


def says(*errors: int | None) -> tuple[Callable[[], dict[str, Any]], list[float]]:
    """Return a deletion that is answered so, the last for ever, and what it waits."""
    answers = list(errors)

    def delete() -> dict[str, Any]:
        return {"it": Answer(answers.pop(0) if len(answers) > 1 else answers[0])}

    return delete, []


@pytest.mark.parametrize(
    ("errors", "there"),
    [
        ([None], True),
        ([KafkaError.UNKNOWN_TOPIC_OR_PART], False),
        ([KafkaError.GROUP_ID_NOT_FOUND], False),
        ([KafkaError.NON_EMPTY_GROUP, KafkaError.NON_EMPTY_GROUP, None], True),
    ],
)
def test_what_was_never_made_and_what_is_left_late_is_no_fault(errors: list[int | None], there: bool) -> None:
    """The pollers of a mapping leave their group some time after the mapping is gone."""
    delete, waits = says(*errors)
    assert deleted(delete, waits.append) is there
    assert len(waits) == len(errors) - 1


@pytest.mark.parametrize("error", [KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.NON_EMPTY_GROUP, 0])
def test_what_stays_is_told(error: int) -> None:
    """Kafka refuses, never lets go, or never answers: it is said within minutes."""
    delete, waits = says(error)
    with pytest.raises(LocalError):
        deleted(delete, waits.append)
    assert sum(waits) <= 120

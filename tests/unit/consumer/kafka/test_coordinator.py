"""A group's coordinator that moves: what is asked of it meanwhile is asked again."""

from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, KafkaException

from consumer.kafka.coordinator import AGAIN_S, MOVING, ask_coordinator
from tests.support.consumer import VirtualTime


def answering(*codes: int) -> Callable[[], str]:
    """Return a coordinator that answers with these errors first."""
    left = list(codes)

    def ask() -> str:
        if left:
            raise KafkaException(KafkaError(left.pop(0)))
        return "answer"

    return ask


def test_a_coordinator_that_moves_is_asked_again() -> None:
    """Each answer of a move leads to the next question, and the first true answer is returned."""
    time = VirtualTime()
    began = time.at
    assert ask_coordinator(answering(*MOVING), 10, time.clocks.clock, time.sleep) == "answer"
    assert time.at - began == pytest.approx(len(MOVING) * AGAIN_S)


def test_any_other_error_is_raised_at_once() -> None:
    """A missing permission does not go away."""
    time = VirtualTime()
    began = time.at
    refused = answering(KafkaError.GROUP_AUTHORIZATION_FAILED)
    with pytest.raises(KafkaException):
        ask_coordinator(refused, 10, time.clocks.clock, time.sleep)
    assert time.at == began


def test_a_coordinator_that_never_arrives_is_an_error_in_the_end() -> None:
    """The question ends once the time is over, and not one question later."""
    time = VirtualTime()
    began = time.at
    with pytest.raises(KafkaException):
        ask_coordinator(answering(*[KafkaError.NOT_COORDINATOR] * 1_000), 10, time.clocks.clock, time.sleep)
    assert 10 <= time.at - began <= 10 + AGAIN_S

"""What a failed delivery means: only the message's own fault rejects it."""

import pytest
from confluent_kafka import KafkaError

from producer.kafka.errors import is_message_error, is_too_large


@pytest.mark.parametrize("code", [KafkaError.INVALID_RECORD, KafkaError._INVALID_ARG])
def test_what_is_said_of_the_message_itself_rejects_it(code: int) -> None:
    """The client names the very message, and sending it again would not help."""
    assert is_message_error(KafkaError(code), alone=False)


@pytest.mark.parametrize(
    "code",
    [
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.INVALID_MSG,
        KafkaError.POLICY_VIOLATION,
    ],
)
def test_what_is_said_of_a_batch_rejects_a_message_only_if_it_was_alone(code: int) -> None:
    """In company any message of the batch may be the reason, or all of them together."""
    assert not is_message_error(KafkaError(code), alone=False)
    assert is_message_error(KafkaError(code), alone=True)


def test_a_size_is_told_from_content() -> None:
    """A smaller batch helps against a size alone."""
    assert is_too_large(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
    assert not is_too_large(KafkaError(KafkaError.INVALID_MSG))


@pytest.mark.robustness("messages that Kafka refuses")
@pytest.mark.parametrize(
    "code",
    [
        KafkaError._MSG_TIMED_OUT,
        KafkaError._PURGE_QUEUE,
        KafkaError._INVALID_DIFFERENT_RECORD,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._AUTHENTICATION,
    ],
)
def test_circumstances_are_waited_out(code: int) -> None:
    """Outages, lost permissions, deleted topics, a wrong clock, and being in one request with a bad message."""
    assert not is_message_error(KafkaError(code), alone=True)


def test_a_client_that_is_done_for_rejects_nothing() -> None:
    """A fatal error is the client's, whatever its code."""
    assert not is_message_error(KafkaError(KafkaError.INVALID_RECORD, "", True), alone=True)

"""The verdict on a failure: only the message's own fault makes it a refused one."""

import pytest
from confluent_kafka import KafkaError

from producer.kafka.errors import refuses_message


@pytest.mark.parametrize("code", [KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD])
def test_what_kafka_would_never_take_is_refused(code: int) -> None:
    """Sending it again would not help."""
    assert refuses_message(KafkaError(code))


@pytest.mark.parametrize(
    "code",
    [
        KafkaError._MSG_TIMED_OUT,
        KafkaError._PURGE_QUEUE,
        KafkaError._INVALID_DIFFERENT_RECORD,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._AUTHENTICATION,
    ],
)
def test_circumstances_are_waited_out(code: int) -> None:
    """Outages, lost rights, deleted topics, and being in one request with a bad message."""
    assert not refuses_message(KafkaError(code))

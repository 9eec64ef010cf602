"""Batches become smaller while Kafka finds them too large, and single messages while it finds one invalid."""

import pytest
from confluent_kafka import KafkaError

from producer.kafka.batch_size import BatchSize

TOO_LARGE = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
INVALID = KafkaError(KafkaError.INVALID_MSG)
OUTAGE = KafkaError(KafkaError.NOT_ENOUGH_REPLICAS)


def test_too_large_halves_the_size_however_many_messages_say_so() -> None:
    """Of one refused batch every message has the error, and the size is halved once."""
    size = BatchSize(1_000)
    assert [size.note(TOO_LARGE) for _ in range(5)] == [True] * 5
    assert "smaller" in (size.adapt() or "")
    assert size.options() == {"batch.size": 500}
    assert size.adapt() is None


def test_the_size_never_falls_to_nothing() -> None:
    """A batch has room for a byte at least: librdkafka accepts no smaller one."""
    size = BatchSize(2)
    for _ in range(5):
        size.note(TOO_LARGE)
        size.adapt()
    assert size.options()["batch.size"] == 1


def test_invalid_sends_each_message_alone_until_the_batch_is_through() -> None:
    """After an invalid message each travels alone, and afterwards batches are as large as before."""
    size = BatchSize(1_000)
    size.note(INVALID)
    size.adapt()
    assert size.alone
    assert size.options()["batch.num.messages"] == 1
    assert size.whole()
    assert size.options() == {"batch.size": 1_000}
    assert not size.whole()


def test_an_outage_changes_nothing() -> None:
    """An error that no smaller batch helps is not noted."""
    size = BatchSize(1_000)
    assert not size.note(OUTAGE)
    assert size.adapt() is None


@pytest.mark.parametrize(("message", "alone"), [(1_000, False), (1_001, True)])
def test_what_no_batch_holds_travels_alone(message: int, alone: bool) -> None:
    """A message larger than a batch shares it with no other."""
    assert BatchSize(1_000).is_alone(message) is alone

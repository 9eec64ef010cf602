"""What a failed delivery means: the message itself is at fault, its batch is, or the circumstances are."""

from confluent_kafka import KafkaError

TOO_LARGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE, KafkaError.INVALID_MSG_SIZE})
"""Kafka judges the batch that a message was sent in: a smaller batch may pass."""

INVALID = frozenset({KafkaError.INVALID_MSG, KafkaError.POLICY_VIOLATION})
"""Said of a batch as a whole: of its messages, any one may be the reason."""

_INVALID_ALONE = frozenset({KafkaError.INVALID_RECORD, KafkaError._INVALID_ARG})
"""Said of this very message: the client reports another code for the others of its batch."""


def is_too_large(error: KafkaError) -> bool:
    """Return whether the message's batch, or the message if it was alone, is larger than Kafka takes."""
    return error.code() in TOO_LARGE


def is_message_error(error: KafkaError, *, alone: bool) -> bool:
    """Return whether Kafka would refuse this message again and again; `alone`: nothing else was in its batch.

    In doubt it is the circumstances: an outage, a lost permission, a deleted topic, a clock that is wrong or another
    message of the batch must not turn sound messages into rejected ones.
    """
    if error.fatal():
        return False
    return error.code() in _INVALID_ALONE or (alone and error.code() in TOO_LARGE | INVALID)

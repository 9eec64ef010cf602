"""What a failed delivery means: the message itself is at fault, or the circumstances are."""

from confluent_kafka import KafkaError

_OF_THE_MESSAGE = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_MSG,
        KafkaError.INVALID_MSG_SIZE,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.POLICY_VIOLATION,
        KafkaError._INVALID_ARG,
    }
)


def refuses_message(error: KafkaError) -> bool:
    """True when Kafka would refuse this message again and again; everything else is worth another attempt.

    When in doubt it is the circumstances: an outage, a lost right or a deleted topic must not turn sound messages
    into refused ones.
    """
    return not error.fatal() and error.code() in _OF_THE_MESSAGE

"""A group's coordinator that moves: what is asked of it meanwhile is asked again."""

import time
from collections.abc import Callable
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException

MOVING = (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS)
"""What a cluster answers while it still finds a group's coordinator, or this one still loads the group. Kafka's
protocol calls all three retriable (https://kafka.apache.org/protocol#protocol_error_codes)."""

AGAIN_S = 0.2
"""Seconds until the coordinator is asked again."""

Answer = TypeVar("Answer")


def ask_coordinator(
    ask: Callable[[], Answer],
    within_s: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Answer:
    """Return what the coordinator answers; ask again for `within_s` seconds while it moves.

    Raises:
        KafkaException: any other error, at once, and that of a coordinator that moves for longer.
    """
    until = clock() + within_s
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in MOVING or clock() >= until:
                raise
            sleep(AGAIN_S)

"""The ends of partitions are known where it costs nothing, and asked for within a bound."""

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from consumer.kafka.watermarks import ASK_S, Watermarks, watermarks
from tests.support.consumer import VirtualTime


class Client:
    """A client whose broker takes `seconds` to answer, or all the time that it gets."""

    def __init__(self, time: VirtualTime, seconds: float) -> None:
        self._time = time
        self._seconds = seconds

    def get_watermark_offsets(self, partition: TopicPartition, timeout: float, cached: bool) -> tuple[int, int]:
        if cached:
            return -1, 5
        self._time.sleep(min(self._seconds, timeout))
        if self._seconds > timeout:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        return 3, 7


def _asked(seconds: float, paused: int) -> tuple[dict[str, Watermarks], float]:
    time = VirtualTime()
    client: Any = Client(time, seconds)
    began = time.at
    owned = {f"t-{number}" for number in range(100)}
    found = watermarks(client, owned, {f"t-{number}" for number in range(paused)}, time.clocks.clock)
    return found, time.at - began


def test_only_paused_partitions_are_asked_for() -> None:
    """What is fetched tells its end by itself."""
    found, took = _asked(0.001, 2)
    assert (found["t-0"], found["t-1"], found["t-2"], len(found)) == ((3, 7), (3, 7), (-1, 5), 100)
    assert took == pytest.approx(0.002)


@pytest.mark.robustness("a group and a client that break")
@pytest.mark.parametrize("seconds", [0.05, 0.2, 60.0])
def test_a_slow_broker_does_not_keep_the_loop(seconds: float) -> None:
    """With a hundred paused partitions the statistics wait for hardly longer than with one."""
    found, took = _asked(seconds, 100)
    assert took <= 2 * ASK_S
    assert len(found) >= 99

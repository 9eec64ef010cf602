"""Wrong input ends in one message and a status of its own, never in a traceback."""

from collections.abc import Callable

import pytest

from tests.integration.consumer.conftest import Running

Start = Callable[..., Running]


@pytest.mark.robustness("a group and a client that break")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"BATCH_SIZE": "many"}, "CONSUMER_BATCH_SIZE"),
        ({"FUNCTION": "no.such:handler"}, "CONSUMER_FUNCTION"),
        ({"TOPICS": "missing"}, "missing"),
        ({"JOURNAL": "/no/such/directory/journal"}, "/no/such/directory"),
        ({"RECORD": "/dev/null/events"}, "/dev/null"),
        ({"CLIENT_OPTIONS": "no.such.option=1"}, "no.such.option"),
        ({"CLIENT_OPTIONS": "heartbeat.interval.ms=700"}, "heartbeat.interval.ms"),
        ({"CLIENT_OPTIONS": "linger.ms=7"}, "will be ignored"),
        ({"CLIENT_OPTIONS": "acks=1"}, "will be ignored"),
        ({"SECURITY": "scram"}, "CONSUMER_SCRAM_USER"),
    ],
)
def test_wrong_input_is_one_message_and_status_2(options: dict[str, str], said: str, start: Start) -> None:
    """The message names what is wrong."""
    consumer = start("ok", **options)
    assert consumer.process.wait(20) == 2
    assert said in consumer.log()
    assert "Traceback" not in consumer.log()


@pytest.mark.robustness("a group and a client that break")
def test_an_unreachable_kafka_is_one_message_and_status_3(start: Start) -> None:
    """The message names the address, without the client's own noise; a service manager may start it again."""
    consumer = start("ok", bootstrap="127.0.0.1:1")
    assert consumer.process.wait(20) == 3
    assert "127.0.0.1:1" in consumer.log()
    assert len(consumer.log().splitlines()) == 1

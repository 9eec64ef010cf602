"""Connections to brokers, as the client's statistics tell of them."""

import json
import logging

import pytest

from consumer.kafka.brokers import Brokers
from tests.support.consumer import LOG


def _told(brokers: Brokers, *states: str) -> int | None:
    brokers.told(json.dumps({"brokers": {f"b{number}": {"state": state} for number, state in enumerate(states)}}))
    return brokers.up


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_a_connection_lost_and_found_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Not with each look, and not at the start while all is well."""
    brokers = Brokers(LOG)
    with caplog.at_level(logging.INFO):
        assert brokers.up is None
        assert _told(brokers, "UP", "DOWN") == 1
        assert caplog.messages == []
        for _ in range(3):
            assert _told(brokers, "DOWN", "TRY_CONNECT") == 0
        assert _told(brokers, "UP", "UP") == 2
    assert [message.partition(":")[0] for message in caplog.messages] == [
        "no broker is connected",
        "a broker is connected again",
    ]


def test_statistics_without_brokers_are_none_connected() -> None:
    """The client has just begun."""
    brokers = Brokers(LOG)
    brokers.told("{}")
    assert brokers.up == 0

"""Errors are logged once a kind, with how often they came."""

import logging

import pytest
from confluent_kafka import KafkaError

from producer.kafka.error_log import ErrorLog

DOWN = KafkaError(KafkaError._ALL_BROKERS_DOWN, "4 of 4 brokers are down")


def test_a_line_a_topic_and_reason(caplog: pytest.LogCaptureFixture) -> None:
    """However many messages fail, each topic and reason has one line with their number, and only once."""
    log = ErrorLog()
    for topic in ("a", "a", "b"):
        log.not_delivered(topic, KafkaError(KafkaError.NOT_ENOUGH_REPLICAS))
    log.report()
    log.report()
    assert [(vars(record)["topic"], vars(record)["messages"]) for record in caplog.records] == [("a", 2), ("b", 1)]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


def test_the_client_s_errors_have_their_last_words(caplog: pytest.LogCaptureFixture) -> None:
    """Of a kind of client error the last text is logged, as a warning."""
    log = ErrorLog()
    log.of_the_client(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1 of 4 brokers are down"))
    log.of_the_client(DOWN)
    log.report()
    assert [record.getMessage() for record in caplog.records] == ["kafka: 4 of 4 brokers are down"]
    assert log.fatal == ""


def test_a_fatal_error_stays() -> None:
    """An error after which the client cannot go on is kept for whoever ends the service."""
    log = ErrorLog()
    log.of_the_client(KafkaError(KafkaError._FENCED, "fenced", True))
    log.of_the_client(DOWN)
    log.report()
    assert log.fatal == "fenced"

"""The pipeline: every stage's answer is in the message."""

import os

import pytest

from comboio.message import decode
from comboio.partition_key import by_codigo_truck_id
from producer.event_id import EventIds
from producer.message_builder import MessageBuilder
from producer.pipeline import Pipeline
from producer.reading import Reading
from producer.topic import TopicResolver, Topics, UnknownCodigoError

_AT = "2026-11-22T15:00:00.123Z"


def _pipeline() -> Pipeline:
    topics = Topics.load()
    resolver = TopicResolver(topics.strategy("domain+priority"), topics.known)
    return Pipeline(MessageBuilder(EventIds(os.urandom), 200), resolver, by_codigo_truck_id)


def test_a_reading_becomes_a_message() -> None:
    """Topic by code, key by strategy, payload by contract, one event id throughout."""
    message = _pipeline().message(Reading(300, "T-000123", _AT), 0)
    assert (message.topic, message.key, message.kind) == ("high_priority_events", b"300:T-000123", "ok")
    assert decode(message.value)["event_id"] == message.event_id


def test_an_unknown_code_makes_no_message() -> None:
    """It is refused before anything is built."""
    with pytest.raises(UnknownCodigoError):
        _pipeline().message(Reading(299, "T-000123", _AT), 0)

"""The pipeline: every stage's answer is in the message."""

import os

from comboio.contract.message import decode
from comboio.contract.partition_key import by_codigo_truck_id
from producer.message.builder import MessageBuilder
from producer.message.event_id import EventIds
from producer.message.pipeline import Pipeline
from producer.message.topic_resolver import TopicResolver, UnknownCodigoError
from producer.source.reading import Reading, Readings
from producer.topics.file import Topics

_AT = "2026-11-22T15:00:00.123Z"


def _pipeline() -> Pipeline:
    topics = Topics.load()
    resolver = TopicResolver(topics.strategy("domain+priority"), topics.known)
    return Pipeline(MessageBuilder(EventIds(os.urandom), 200), resolver, by_codigo_truck_id)


def test_readings_become_messages() -> None:
    """Topic by code, key by strategy, payload by contract, one event id throughout."""
    readings = Readings.of([Reading(300, "T-000123", _AT, '"truck_id":"T-000123"'), Reading(301, "T-2", _AT, '"a":1')])
    messages = _pipeline().messages(readings, 0, _nothing)
    assert (messages.topics, messages.keys) == (["high_priority_events", "mt-c400"], [b"300:T-000123", b"301:T-2"])
    assert decode(messages.values[0])["event_id"] == messages.event_ids[0] == messages[0].event_id
    assert [message.kind for message in (messages[0], messages[1])] == ["ok", "ok"]


def test_an_unknown_code_is_refused_and_the_rest_goes_on() -> None:
    """It gets its error and no message; those around it keep their order."""
    refused: list[tuple[Reading, str]] = []
    readings = [Reading(codigo, f"T-{codigo}", _AT, '"a":1') for codigo in (301, 299, 302, 298)]
    messages = _pipeline().messages(
        Readings.of(readings), 0, lambda reading, error: refused.append((reading, str(error)))
    )
    assert messages.keys == [b"301:T-301", b"302:T-302"]
    assert [reading for reading, _ in refused] == [readings[1], readings[3]]
    assert "codigo 299 is not known" in refused[0][1]


def _nothing(reading: Reading, error: UnknownCodigoError) -> None:
    raise AssertionError(f"{reading}: {error}")

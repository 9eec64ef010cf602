"""The producer's lines: each becomes a message that keeps the contract, or is rejected for a reason without content."""

import json
from datetime import datetime

from comboio.contract.message import decode
from comboio.contract.partition_key import by_codigo_truck_id
from comboio.message.contract import MessageContract
from producer.message.builder import MessageBuilder
from producer.message.event_id import EventIds
from producer.message.forwarding import Forwarding
from producer.message.pipeline import Pipeline
from producer.message.topic_resolver import TopicResolver
from producer.source.foreign_line import foreign
from producer.source.line import Line, parse
from producer.source.reading import Reading, Readings, Rejected
from producer.topics.file import Topics
from tests.fuzz.target import CANARY, Target, keep_secret, promised
from tests.support.dispatcher import NOW

TOPICS = Topics.load()
PIPELINE = Pipeline(
    MessageBuilder(EventIds(lambda size: b"\x01" * size), 200),
    TopicResolver(TOPICS.strategy("domain+priority"), TOPICS.known),
    by_codigo_truck_id,
)


FOREIGN = [
    foreign(MessageContract.model_validate(fields))
    for fields in (
        {"format": "json-envelope"},
        {"format": "raw"},
        {"entity": "truck_id", "time": "occurred_at", "required": []},
    )
]
FORWARDING = Forwarding(EventIds(lambda size: b"\x01" * size), "foreign")


def check(data: bytes) -> None:
    """Read a line by each contract, and make a message of it."""
    for read in FOREIGN:
        _foreign(read(Line(data, "a:0")), data)
    found = parse(Line(data, "a:0"))
    if isinstance(found, Rejected):
        keep_secret([found.reason])
        promised(found.content == data and found.reason, "a reject is the line, and has a reason")
        return
    refused: list[str] = []
    made = PIPELINE.messages(Readings.of([found[0]]), NOW, lambda reading, error: refused.append(str(error)))
    promised(len(made) + len(refused) == 1, "a line is one message, or is refused")
    for value, event_id in zip(made.values, made.event_ids, strict=True):
        said = decode(value)
        promised(said["event_id"] == event_id, "the message has the event's id")
        promised(said["truck_id"] == found[0].truck_id, "the message is the line's truck's")
    for headers in made.headers():
        json.dumps(headers)


def _foreign(found: tuple[Reading, datetime | None] | Rejected, data: bytes) -> None:
    if isinstance(found, Rejected):
        keep_secret([found.reason])
        promised(found.content == data and found.reason, "a reject is the line, and has a reason")
        return
    made = FORWARDING.messages(Readings.of([found[0]]), NOW, lambda reading, error: None)
    promised(made.values in ([data], [data.strip()]), "a foreign line is the message, as it is")


TARGET = Target(
    check,
    [
        json.dumps({"codigo": 301, "truck_id": "T-1", "note": CANARY}).encode(),
        b' {"truck_id":"T-1","codigo":"301", "event_id":"e-1","occurred_at":"2026-11-22T15:00:00Z","odd":1.10}\r',
        b'{"codigo":300.0,"truck_id":"T","correlation_id":"c","occurred_at":1795359600}',
    ],
    [
        f'"{CANARY}"'.encode(), b'"codigo"', b'"truck_id"', b'"event_id"', b'"occurred_at"', b'"correlation_id"',
        b'"301"',
        b'"2026-11-22T15:00:00+14:00"', b'"0001-01-01T00:00:00+14:00"', b'"9999-12-31T23:59:59-14:00"',
        b"-62135596800", b"{}{}",
    ],
)  # fmt: skip

"""Avro, JSON Schema and Protobuf by a registry: what Kafka has is what the lines said, whatever the registry does."""

import json
import time
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from comboio.host.disk import Disk, SystemCalls
from comboio.message.contract import MessageContract
from comboio.message.registry.decoder import decoder
from comboio.message.registry.registry import RegistryUnavailableError
from local.adopt.registry import LocalRegistry, Reference, Schema, served
from local.kafka import Kafka
from local.kafka import broker as local_kafka
from producer.message.message import OutgoingMessage
from producer.options.instance import Instance
from producer.options.settings import ProducerSettings
from producer.schema.encoders import encoders
from producer.state.directory import StateDirectory
from producer.state.spool import Spool
from tests.integration.producer.broker import TOPICS
from tests.integration.producer.command import Command, read_back
from tests.support.faulty_disk import failure_log
from tests.support.hostile_server import Act, Peer, hostile

Produce = Callable[..., Command]

FIELDS = {"event_id": "string", "codigo": "long", "truck_id": "string", "occurred_at": "string", "speed": "double"}
AVRO = {"type": "record", "name": "Reading", "fields": [{"name": n, "type": kind} for n, kind in FIELDS.items()]}
JSON = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        name: {"type": {"long": "integer", "double": "number"}.get(kind, kind)} for name, kind in FIELDS.items()
    },
}
PROTO_FIELDS = " ".join(
    f"{ {'long': 'int64'}.get(kind, kind) } {name} = {place};" for place, (name, kind) in enumerate(FIELDS.items(), 1)
)
PROTO = f'syntax = "proto3"; message Fleet {{ bool on = 1; }} message Reading {{ {PROTO_FIELDS} }}'
SCHEMAS = {"avro": json.dumps(AVRO), "json-schema": json.dumps(JSON), "protobuf": PROTO}
RECORD = {"protobuf": {"schema_record": "Reading"}}

GOOD = [
    {
        "event_id": f"e-{number}",
        "codigo": 300 + number % 3,
        "truck_id": f"T-{number % 5:06d}",
        "occurred_at": "2026-11-22T15:00:00.123Z",
        "speed": number / 2 + 0.25,
    }
    for number in range(40)
]
BAD = [{**GOOD[0], "speed": "hunter2"}, {**GOOD[0], "hunter2": 1}]


@pytest.fixture(scope="module")
def kafka() -> Iterator[Kafka]:
    """Give the embedded Kafka with the domain's topics to all tests here."""
    with local_kafka("embedded", TOPICS) as running:
        yield running


ID = itemgetter("event_id")
SLOW_S = 5.0
"""What a call may take at the most whose own bound is a fraction of a second: a slow machine's share included."""


def lines(tmp_path: Path, documents: list[dict[str, Any]]) -> dict[str, object]:
    """Return the options of a file with these lines."""
    path = tmp_path / "lines.jsonl"
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return {"source": "file", "source_path": path}


@pytest.mark.parametrize(("written", "schema_id"), [("avro", 11), ("json-schema", 21), ("protobuf", 31)])
def test_kafka_has_what_the_lines_said(
    kafka: Kafka, produce: Produce, tmp_path: Path, written: str, schema_id: int
) -> None:
    """By the schema that its own file registers; a line that does not match is in the reject file, whole, with why."""
    schema = tmp_path / "schema"
    schema.write_text(SCHEMAS[written])
    registry = LocalRegistry({schema_id - 1: Schema("AVRO", "{}")})
    with served(registry) as address:
        options = {"format": written, "registry": address, "schema_file": schema, **RECORD.get(written, {})}
        command = produce(
            kafka.bootstrap, schema_register="true", **options, **lines(tmp_path, [BAD[0], *GOOD, BAD[1]])
        )
        command.ends(0)
        contract = {"format": "json" if written == "json-schema" else written, "registry": address}
        decode = decoder(MessageContract.model_validate(contract))
        values = [message.value() or b"" for message in read_back(kafka.bootstrap)]
        found = [decode(value).document for value in values if int.from_bytes(value[1:5]) == schema_id]
    assert sorted(found, key=ID) == sorted(GOOD, key=ID)
    assert {entry.event_id for entry in command.acknowledged()} == set(map(ID, GOOD))
    assert sorted(registry.subjects) == [f"{topic}-value" for topic in sorted(TOPICS)]
    (file,) = command.state.rglob("rejected.jsonl")
    rejects = [json.loads(line) for line in file.read_text().splitlines()]
    assert [json.loads(reject["text"]) for reject in rejects] == BAD
    assert all(reject["reason"].startswith("malformed: ") and "hunter2" not in reject["reason"] for reject in rejects)


SPEED = {"type": "record", "name": "acme.Speed", "fields": [{"name": "kmh", "type": "double"}]}
APART = {
    "avro": (
        Schema("AVRO", json.dumps(SPEED)),
        json.dumps({**AVRO, "fields": [*AVRO["fields"][:-1], {"name": "speed", "type": "acme.Speed"}]}),
        "acme.Speed",
    ),
    "protobuf": (
        Schema("PROTOBUF", 'syntax = "proto3"; package acme; message Speed { double kmh = 1; }'),
        f'syntax = "proto3"; import "acme/speed.proto"; message Reading {{ {PROTO_FIELDS} }}'.replace(
            "double speed", "acme.Speed speed"
        ),
        "acme/speed.proto",
    ),
}
"""By format: a schema, another that refers to it, and the name that it does so by."""


@pytest.mark.parametrize(("written", "last_id"), [("avro", 40), ("protobuf", 50)])
def test_a_schema_that_refers_to_one_of_another_subject(
    kafka: Kafka, produce: Produce, tmp_path: Path, written: str, last_id: int
) -> None:
    """Producer and dispatcher ask the registry for both; the latest version needs no file."""
    other, text, name = APART[written]
    registry = LocalRegistry({last_id: Schema("AVRO", "{}")})
    registry.register("fleet.speed", other)
    referring = Schema(other.kind, text, (Reference(name, "fleet.speed", 1),))
    (schema_id,) = {registry.register(f"{topic}-value", referring) for topic in TOPICS}
    documents = [{**document, "speed": {"kmh": document["speed"]}} for document in GOOD]
    with served(registry) as address:
        produce(kafka.bootstrap, format=written, registry=address, **lines(tmp_path, documents)).ends(0)
        assert any("/subjects/fleet.speed/versions/1" in question for question in registry.asked)
        decode = decoder(MessageContract.model_validate({"format": written, "registry": address}))
        values = [message.value() or b"" for message in read_back(kafka.bootstrap)]
        found = [decode(value).document for value in values if int.from_bytes(value[1:5]) == schema_id]
    assert sorted(found, key=ID) == sorted(documents, key=ID)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


def says_always(answer: bytes) -> Act:
    """Answer always so."""

    def act(peer: Peer) -> None:
        while peer.request() is not None:  # a closed connection ends it at the next answer
            peer.send(answer)

    return act


def status(line: bytes) -> Act:
    """Answer always with this status."""
    return says_always(b"HTTP/1.1 " + line + b"\r\nContent-Length: 0\r\n\r\n")


def trickles(peer: Peer) -> None:
    """Begin an answer that has no end."""
    peer.request()
    peer.send(HEAD)
    peer.for_ever(b" ", 0.01)


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize(
    ("act", "says"),
    [
        (status(b"401 Unauthorized"), r"status 401\. Check its address and its credentials"),
        (status(b"404 Not Found"), "subject t-value. Register the schema"),
        (status(b"429 Too Many"), "status 429"),
        (status(b"500 Ill"), "status 500"),
        (says_always(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<html/>"), "did not answer in JSON"),
        (trickles, r"did not answer \(TimeoutError"),
        (lambda peer: peer.hang(), r"did not answer \(TimeoutError"),
        (lambda peer: peer.reset(), "did not answer"),
    ],
    ids=["401", "404", "429", "500", "garbage", "trickle", "silence", "reset"],
)
@pytest.mark.parametrize("register", [False, True], ids=["asks", "registers"])
def test_a_registry_that_is_ill_gets_its_time_and_no_more(tmp_path: Path, act: Act, says: str, register: bool) -> None:
    """However it answers, and whatever it is asked; the sentence says what to check, and no password."""
    schema = tmp_path / "schema"
    schema.write_text(SCHEMAS["avro"])
    with hostile(act) as server:
        settings = ProducerSettings.model_construct(
            format="avro",
            registry=server.endpoint,
            registry_timeout=0.1,
            registry_auth=SecretStr("u:hunter2"),
            schema_file=schema if register else None,
            schema_register=register,
        )
        began = time.monotonic()
        with pytest.raises(RegistryUnavailableError, match=says) as found:
            encoders(settings, ["t"])
        assert time.monotonic() - began < SLOW_S
    assert "hunter2" not in str(found.value)


def test_a_registry_that_is_away_ends_the_start(kafka: Kafka, produce: Produce, tmp_path: Path) -> None:
    """With the status of Kafka's own absence, so that systemd tries again; what an earlier run spooled stays."""
    spooled = OutgoingMessage("mt-c400", b"k", b"\0\0\0\0\x07x", "e-1", "e-1", "00-1-1-01")
    options = {"format": "avro", "registry_timeout": 1, **lines(tmp_path, GOOD)}
    with StateDirectory(tmp_path / "state", Instance()) as state:
        spool = Spool(lambda: state.path() / "spool.jsonl", Disk(SystemCalls()), failure_log(), lambda: True)
        assert spool.replace([spooled])
    with hostile(status(b"503 Away")) as server:
        command = produce(kafka.bootstrap, registry=server.endpoint, **options)
        ended, errors = command.end()
    assert (ended, command.journal.exists()) == (3, False)
    assert "The schema registry answered with status 503" in errors
    registry = LocalRegistry({})
    registry.register("mt-c400-value", Schema("AVRO", SCHEMAS["avro"]))
    for topic in TOPICS:
        registry.register(f"{topic}-value", Schema("AVRO", SCHEMAS["avro"]))
    with served(registry) as address:
        again = produce(kafka.bootstrap, registry=address, **options)
        again.ends(0)
    assert {entry.event_id for entry in again.acknowledged()} == {"e-1", *map(ID, GOOD)}
    assert {question.split()[0] for question in registry.asked} == {"GET"}

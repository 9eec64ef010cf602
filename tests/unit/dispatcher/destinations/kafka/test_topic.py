"""A topic as a destination: what is sent on of a record, and what becomes of it."""

import json
from typing import Any

import pytest

from comboio.contract.record import Record
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import ShapedDestination
from dispatcher.destinations.kafka.topic import KafkaTopic
from dispatcher.destinations.payload.shape import shape
from dispatcher.fault import FaultKind
from dispatcher.parcel import Parcel
from tests.support.aws_wire import entries, kinds
from tests.support.dispatcher import NOW, parcel, payload, route
from tests.support.fake_producer import SPEC, Answer, FakeProducer, RaisedError, SaidError, Time, kafka_topic
from tests.support.packed import packed

HEADERS = [{"tenant": list(b"acme")}, {"tenant": [-61, 9]}, {"traceparent": list(b"00-a")}]


def of(record: Record) -> Parcel:
    """Return a parcel of a record."""
    return Parcel(record, "c-1", route(), "e-1")


def record(value: bytes | None = b"\xff\x00{", key: bytes | None = b"\x00k", **changed: Any) -> Record:
    """Return a record of topic t of a cluster."""
    fields = {"cluster": "z:1", "topic": "t", "timestamp": NOW, "raw_headers": HEADERS, **changed}
    return Record(
        fields["cluster"],
        f"{fields['topic']}-3",
        fields["topic"],
        3,
        7,
        fields["timestamp"],
        key,
        value,
        fields["raw_headers"],
    )


def one(**more: Any) -> tuple[KafkaTopic, FakeProducer]:
    """Return a topic and its client."""
    time = Time()
    client = FakeProducer(time)
    return kafka_topic(lambda _: client, time, **more), client


def test_a_record_goes_on_as_it_is() -> None:
    """Key and value are the same bytes, all headers come along in order, and the record's id and time with them."""
    where, client = one()
    for value in (b"\xff\x00{", b"", None):
        went = record(value)
        assert where.send(entries(where, [of(went)])) == [None]
        topic, sent, key, headers, timestamp = client.produced.pop()
        assert (topic, sent, key, timestamp) == ("mirror", value, b"\x00k", NOW)
        assert headers[:3] == [("tenant", b"acme"), ("tenant", b"\xc3\x09"), ("traceparent", b"00-a")]
        assert headers[3:] == [("comboio_id", went.id.encode()), ("correlation_id", b"c-1")]


def test_a_correlation_id_is_not_doubled() -> None:
    """A record that has one keeps it alone."""
    where, client = one()
    where.send(entries(where, [of(record(raw_headers=[{"correlation_id": list(b"x")}]))]))
    names = [name for name, _ in client.produced[0][3]]
    assert names == ["correlation_id", "comboio_id"]


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(("timestamp", "sent"), [(-1, 0), (-(2**63), 0), (0, 0), (2**63 - 1, 2**63 - 1)])
def test_a_record_without_a_time_gets_one(timestamp: int, sent: int) -> None:
    """A timestamp that stands for none is not sent on as one."""
    where, client = one()
    where.send(entries(where, [of(record(timestamp=timestamp))]))
    assert client.produced[0][4] == sent


def test_the_time_of_the_call_is_sent_where_it_is_asked_for() -> None:
    """A retry topic reckons from when a record got there."""
    where, client = one(timestamp="now")
    where.send(entries(where, [of(record())]))
    assert client.produced[0][4] == 0


def test_records_are_never_packed() -> None:
    """Each is a message with an answer of its own, whatever the route packs."""
    where, _ = one()
    way = route(pack=50)
    made, refused = packed([parcel(n, way, payload()) for n in range(7)], where.make, where.max_entry_bytes)
    assert refused == [] and [len(each.parcels) for each in made] == [1] * 7


def test_each_message_has_its_own_answer() -> None:
    """Of one batch some are acknowledged, some refused for now and some for good."""
    time = Time()
    says = {b"bad": SaidError("INVALID_RECORD"), b"late": SaidError("NOT_ENOUGH_REPLICAS"), b"ok": None}
    client = FakeProducer(time, lambda value: Answer(0.01, says[value or b""]))
    where = kafka_topic(lambda _: client, time)
    faults = where.send(entries(where, *([of(record(value))] for value in (b"ok", b"bad", b"late", b"ok"))))
    assert kinds(faults) == [None, FaultKind.PERMANENT, FaultKind.TRANSIENT, None]
    assert len(client.produced) == 4 and not client.purges and not client.closed


@pytest.mark.robustness("messages that Kafka refuses")
@pytest.mark.parametrize("code", ["MSG_SIZE_TOO_LARGE", "INVALID_MSG", "POLICY_VIOLATION"])
def test_what_is_said_of_a_batch_kills_no_message_of_it(code: str) -> None:
    """Only alone in a call is a message known to be the one at fault; in company it is tried again."""
    time = Time()
    where = kafka_topic(lambda _: FakeProducer(time, lambda value: Answer(0.0, SaidError(code))), time)
    assert kinds(where.send(entries(where, [of(record())], [of(record())]))) == [FaultKind.TRANSIENT] * 2
    assert kinds(where.send(entries(where, [of(record())]))) == [FaultKind.PERMANENT]


def test_too_large_is_refused_before_it_is_sent() -> None:
    """The size counts key, headers and Kafka's format, so what passes here fits the topic's limit."""
    where, _ = one(max_message_kib=1)
    long = [{"h": list(b"x" * 200)}]
    fits, refused = packed(
        [of(record(b"v" * size, raw_headers=long)) for size in (500, 900)], where.make, where.max_entry_bytes
    )
    assert len(fits) == 1 and kinds([refused[0][1]]) == [FaultKind.PERMANENT]


@pytest.mark.robustness("messages that Kafka refuses")
@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (RaisedError(SaidError("MSG_SIZE_TOO_LARGE")), FaultKind.PERMANENT),
        (RaisedError(SaidError("TOPIC_AUTHORIZATION_FAILED")), FaultKind.TRANSIENT),
        (RaisedError(SaidError("INVALID_RECORD", ends=True)), FaultKind.TRANSIENT),
        (OverflowError("int too big"), FaultKind.PERMANENT),
        (BufferError("full"), FaultKind.HELD),
        (RuntimeError("Handle has been terminated"), FaultKind.TRANSIENT),
    ],
)
def test_what_the_client_does_not_take(raised: Exception, kind: FaultKind) -> None:
    """What it raises is judged as what it reports, and stops none of the others."""
    time = Time()
    where = kafka_topic(lambda _: FakeProducer(time, raises=lambda value: raised if value == b"bad" else None), time)
    assert kinds(where.send(entries(where, [of(record(b"bad"))]))) == [kind]
    together = where.send(entries(where, [of(record(b"bad"))], [of(record(b"ok"))]))
    assert together[1] is None and together[0] is not None


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("name", ["\ud800", "a\0b", "é\udfff"])
def test_a_header_that_the_client_cannot_take_ends_no_process(name: str) -> None:
    """The client crashes at a name that is not Unicode, and cuts one off at a NUL: such a record is a dead letter."""
    where, _ = one()
    made, refused = packed([of(record(raw_headers=[{name: [1]}])), of(record())], where.make, where.max_entry_bytes)
    assert len(made) == 1 and kinds([refused[0][1]]) == [FaultKind.PERMANENT]


@pytest.mark.parametrize(
    ("cluster", "more", "loops"),
    [
        ("z:1;b2:9092", {}, True),
        ("z:1", {}, False),
        ("", {}, False),
        ("arn:aws:kafka:eu-west-1:123456789012:cluster/a/b-1", {}, False),
        (
            "arn:aws:kafka:eu-west-1:123456789012:cluster/a/b-1",
            {"cluster": "arn:aws:kafka:eu-west-1:123456789012:cluster/a/b-1"},
            True,
        ),
    ],
)
def test_a_record_does_not_go_back_to_its_own_topic(cluster: str, more: dict[str, str], loops: bool) -> None:
    """Where the cluster is known to be the record's, it would come round again; the same name elsewhere is a mirror."""
    where, _ = one(**more)
    came = of(record(topic="mirror", cluster=cluster))
    elsewhere = of(record(topic="other", cluster=cluster))
    made, refused = packed([came, elsewhere], where.make, where.max_entry_bytes)
    assert [each for each, _ in refused] == ([came] if loops else [])
    assert len(made) == 2 - loops


def test_a_circle_of_topics_comes_to_an_end() -> None:
    """A record that is sent on again and again carries where it was, and is refused after `max_hops` times."""
    where, client = one(max_hops=3)
    raw: list[dict[str, list[int]]] = []
    for hops in range(3):
        came = of(record(raw_headers=raw, topic=f"t{hops}"))
        assert where.send(entries(where, [came])) == [None]
        raw = [{name: list(value)} for name, value in client.produced[-1][3]]
    ids = [bytes(value).decode() for header in raw for name, value in header.items() if name == "comboio_id"]
    assert [each.partition("/")[2][:2] for each in ids] == ["t0", "t1", "t2"]
    _, refused = packed([of(record(raw_headers=raw))], where.make, where.max_entry_bytes)
    assert "circle" in refused[0][1].error


def test_a_changed_payload_is_sent_as_the_table_says() -> None:
    """Fields that are picked, and the envelope, are in the value; a tombstone stays one."""
    time = Time()
    client = FakeProducer(time)
    inner = kafka_topic(lambda _: client, time, envelope="cloudevents", pick=["codigo"])
    spec = DestinationSpec.model_validate({**SPEC, "envelope": "cloudevents", "pick": ["codigo"]})
    where = ShapedDestination(inner, shape(spec))
    assert where.send(entries(where, [of(record(payload(311, note="left out")))], [of(record(None))])) == [None] * 2
    (_, value, _, headers, _), (_, tombstone, _, bare, _) = client.produced
    assert json.loads(value or b"")["data"] == {"codigo": 311}
    assert ("content-type", b"application/cloudevents+json; charset=UTF-8") in headers
    assert tombstone is None and "content-type" not in dict(bare)

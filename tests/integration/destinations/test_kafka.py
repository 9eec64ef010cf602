"""A topic as a destination, over the wire: the embedded broker, one that misbehaves, and Apache Kafka itself."""

import json
import random
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from comboio.contract.kafka_hash import kafka_hash
from comboio.host.new_topics import create_topics
from comboio.routing.table import load
from dispatcher.destinations import build
from dispatcher.destinations.destination import Destination
from dispatcher.fault import FaultKind
from dispatcher.parcel import Parcel
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.sender import SendBudget, send_all
from local.kafka import Kafka
from tests.integration.producer.broker import Broker, mock_broker
from tests.integration.producer.secure_kafka import PASSWORD, USER, SecureKafka
from tests.support.aws_wire import Wire, entries, kinds
from tests.support.dispatcher import NOW, parcel, route


def destination(bootstrap: str, topic: str, **options: object) -> Destination:
    """Return a topic as a routing table makes it."""
    lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in options.items())
    table = f'version = 1\n[destinations.a]\ntype = "kafka"\ntarget = "{topic}"\nbootstrap_servers = "{bootstrap}"\n'
    return build(load(f'{table}{lines}\n[default]\nto = ["a"]\n', {}), Wire().clients)["a"]


def load_of(number: int, keys: int = 7, value: bytes = b"") -> list[list[Parcel]]:
    """Return parcels whose keys repeat, with any bytes as values."""
    parcels = [[parcel(n, value=b"\xff\x00%d" % n + value, token=n % keys)] for n in range(number)]
    for (one,) in parcels:
        one.record.raw_headers = [{"tenant": [-61, 169]}, {"tenant": list(b"x")}]
    return parcels


def read_back(bootstrap: str, topic: str, number: int) -> list[Any]:
    """Return at least `number` messages of a topic, with those that come shortly after."""
    client = Consumer({"bootstrap.servers": bootstrap, "group.id": uuid.uuid4().hex})
    partitions = client.list_topics(topic, 10).topics[topic].partitions
    client.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    found: list[Any] = []
    deadline = time.monotonic() + 30
    while len(found) < number and time.monotonic() < deadline:
        found += [message for message in client.consume(number, 0.2) if message.error() is None]
    found += [message for message in client.consume(number, 0.3) if message.error() is None]
    client.close()
    return found


def named() -> str:
    """Return a name that no topic has."""
    return f"mirror-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def topic(embedded_kafka: Kafka) -> str:
    """Give a topic of the embedded broker, with 5 partitions."""
    name = named()
    embedded_kafka.create_topics({name: 5})
    return name


def test_records_arrive_as_they_were(embedded_kafka: Kafka, topic: str) -> None:
    """Key, value, headers and time are the record's, in order of their key, in the partition that Java would choose."""
    where = destination(embedded_kafka.bootstrap, topic)
    sent = load_of(300)
    assert where.send(entries(where, *sent)) == [None] * 300
    found = read_back(embedded_kafka.bootstrap, topic, 300)
    assert len(found) == 300
    by_value = {message.value(): message for message in found}
    for (one,) in sent:
        message = by_value[one.record.value]
        assert message.key() == one.record.key
        assert message.partition() == kafka_hash(one.record.key or b"") % 5
        assert message.timestamp()[1] == one.record.timestamp
        assert message.headers() == [
            ("tenant", b"\xc3\xa9"),
            ("tenant", b"x"),
            ("comboio_id", one.record.id.encode()),
            ("correlation_id", one.correlation_id.encode()),
        ]
    for key in {message.key() for message in found}:
        of_key = sorted((message for message in found if message.key() == key), key=lambda each: each.offset())
        values = [int((message.value() or b"")[2:]) for message in of_key]
        assert values == sorted(values)


def test_a_tombstone_and_a_record_without_a_key(embedded_kafka: Kafka, topic: str) -> None:
    """What is null stays null: a compacted topic deletes by it."""
    where = destination(embedded_kafka.bootstrap, topic)
    gone, free, empty = (parcel(n) for n in range(3))
    gone.record.value, free.record.key, empty.record.value = None, None, b""
    assert where.send(entries(where, [gone], [free], [empty])) == [None] * 3
    found = {(message.key(), message.value()) for message in read_back(embedded_kafka.bootstrap, topic, 3)}
    assert found == {(b"k0", None), (None, b"{}"), (b"k0", b"")}


@pytest.fixture
def broken() -> Iterator[Broker]:
    """Give a broker that can be told to misbehave."""
    with mock_broker({"mirror": 3}) as running:
        yield running


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_a_broker_that_goes_down_and_comes_back(broken: Broker) -> None:
    """A call ends in its time with a reason, nothing is taken for sent, and the next one after the outage succeeds."""
    where = destination(broken.bootstrap, "mirror")
    assert where.send(entries(where, *load_of(5))) == [None] * 5
    broken.tell("down")
    began = time.monotonic()
    faults = where.send(entries(where, *load_of(5)), 0.4)
    assert time.monotonic() - began < 10, "the client's own patience is minutes"
    assert kinds(faults) == [FaultKind.TRANSIENT] * 5
    assert faults[0] is not None and ("refused" in faults[0].error or "down" in faults[0].error)
    broken.tell("up")
    assert where.send(entries(where, *load_of(5)), 5.0) == [None] * 5


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (10, FaultKind.PERMANENT),  # MSG_SIZE_TOO_LARGE
        (29, FaultKind.TRANSIENT),  # TOPIC_AUTHORIZATION_FAILED
        (45, FaultKind.TRANSIENT),  # OUT_OF_ORDER_SEQUENCE_NUMBER: the client is of no use any more
        (87, FaultKind.PERMANENT),  # INVALID_RECORD
        (19, None),  # NOT_ENOUGH_REPLICAS: the client tries again by itself
    ],
)
def test_what_a_broker_says_of_a_message(broken: Broker, code: int, kind: FaultKind | None) -> None:
    """Each error is the message's, the topic's or nobody's, and the next call is as good as the first."""
    where = destination(broken.bootstrap, "mirror")
    assert where.send(entries(where, *load_of(1))) == [None]
    broken.tell(f"fail {code} 1")
    assert kinds(where.send(entries(where, *load_of(1)))) == [kind]
    assert where.send(entries(where, *load_of(3))) == [None] * 3


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_a_key_keeps_its_order_through_failures(broken: Broker) -> None:
    """The send loop tries again what the topic refused for a moment, and nothing of its key overtakes it."""
    where = destination(broken.bootstrap, "mirror")
    assert where.send(entries(where, *load_of(1))) == [None]
    way = route(ordering="key")
    load = [parcel(n, way, b"%d" % n, token=n % 4) for n in range(1, 17)]
    broken.tell("fail 29 2")  # TOPIC_AUTHORIZATION_FAILED, of two batches of some partitions
    end = time.monotonic() + 20
    budget = SendBudget(lambda: NOW, time.monotonic, time.sleep, end, 20.0, 60.0, lambda: None)
    traffic = send_all(load, {"a": DestinationState(where)}, budget)
    assert all(one.served == ("a",) for one in load)
    assert traffic["a"].messages == 16
    found = [message for message in read_back(broken.bootstrap, "mirror", 17) if (message.value() or b"").isdigit()]
    for key in range(4):
        of_key = [int(each.value()) for each in found if each.key() == b"k%d" % key]
        assert of_key == list(range(key or 4, 17, 4))


def test_a_topic_that_is_not_there_is_named_soon(apache_kafka: Kafka) -> None:
    """Apache Kafka that makes no topics by itself: the fault says so within the call, and what to do."""
    where = destination(apache_kafka.bootstrap, "nobody", timeout_s=4)
    (fault,) = where.send(entries(where, *load_of(1)))
    assert fault is not None and fault.kind is FaultKind.TRANSIENT
    assert "Create the topic" in fault.error


@pytest.mark.robustness("messages that Kafka refuses")
def test_a_topic_that_takes_less_than_the_table_says(apache_kafka: Kafka) -> None:
    """The message that is too large dies alone; its neighbours are told to come again, and arrive."""
    name = named()
    client = AdminClient({"bootstrap.servers": apache_kafka.bootstrap})
    create_topics(client, [NewTopic(name, 1, config={"max.message.bytes": "2000"})], 60)
    where = destination(apache_kafka.bootstrap, name)
    small, large = load_of(1), load_of(1, value=random.Random(1).randbytes(6_000))
    together = kinds(where.send(entries(where, *small, *large)))
    assert FaultKind.PERMANENT not in together
    assert kinds(where.send(entries(where, *large))) == [FaultKind.PERMANENT]
    assert where.send(entries(where, *small)) == [None]


def test_scram_and_tls(secure: SecureKafka) -> None:
    """The authority and the password of the table are taken; a wrong one is told in the fault."""
    login = {"security": "scram", "scram_user": USER, "scram_password": PASSWORD, "tls_ca": str(secure.authority)}
    where = destination(secure.scram, "mt-c300", **login)
    assert where.send(entries(where, *load_of(3))) == [None] * 3
    stranger = {"tls_ca": str(secure.stranger)}
    for changed, said in (({"scram_password": "wrong"}, "uthentication"), (stranger, "ertificate")):
        wrong = destination(secure.scram, "mt-c300", **{**login, **changed})
        (fault,) = wrong.send(entries(wrong, *load_of(1)), 1.0)
        assert fault is not None and fault.kind is FaultKind.TRANSIENT and said in fault.error


@pytest.mark.robustness("calls that would outlast their time")
def test_what_a_silent_broker_may_have_written_is_unknown(secure: SecureKafka) -> None:
    """A broker that stops with all connections open costs the call its time and no more; all arrive in the end."""
    name = named()
    client = AdminClient({"bootstrap.servers": secure.plain})
    create_topics(client, [NewTopic(name, 1, 1)], 60)
    where = destination(secure.plain, name)
    first, second = load_of(2)
    assert where.send(entries(where, first)) == [None]
    secure.freeze()
    try:
        began = time.monotonic()
        (fault,) = where.send(entries(where, second), 0.5)
        assert time.monotonic() - began < 10, "the client's own patience is a minute"
    finally:
        secure.thaw()
    assert fault is not None and "may have been written" in fault.error
    assert where.send(entries(where, second)) == [None]
    ids = [dict(message.headers() or [])["comboio_id"] for message in read_back(secure.plain, name, 2)]
    assert ids[0] == first[0].record.id.encode()
    assert set(ids[1:]) == {second[0].record.id.encode()} and 1 <= len(ids[1:]) <= 2

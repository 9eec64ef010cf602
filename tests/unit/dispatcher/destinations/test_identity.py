"""Ids that go downstream: within each service's limits, and never one for two."""

import json
import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.record import Record
from dispatcher.destinations.identity import deduplication_id, execution_name, group_name, pack_id
from dispatcher.parcel import Parcel
from tests.support.aws_wire import LIMITED_IDS, TARGETS, Wire, destination, entries, opened
from tests.support.dispatcher import NOW, parcel, payload, route

pytestmark = pytest.mark.robustness("ids of long or forged names")

LONGEST = "t" * 249
"""Kafka's longest topic name."""

EVENT_IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=128)
FOREIGN = st.text(min_size=1, max_size=300) | st.sampled_from(
    ['"', '","deduplication_id":"x', "\\", "\n", "\ud800", "é" * 200]
)
"""What a forged event may call a topic or an id."""


def at(topic: str, offset: int = 1, event_id: str = "e", cluster: str = "") -> Parcel:
    """Return a parcel of a record that stands there."""
    record = Record(cluster, f"{topic}-0", topic, 0, offset, NOW, b"k", payload(event_id="e"), [])
    return Parcel(record, record.position, route(), event_id)


SOURCES = [
    *(at(LONGEST, offset) for offset in range(3)),
    at(LONGEST[:-1] + "u"),
    at("u" + LONGEST[1:]),
    at(LONGEST, cluster="another"),
]
"""Records of topics whose names differ in one letter at most, at either end."""


@pytest.mark.parametrize("of", [group_name, pack_id, lambda ones: deduplication_id(ones * 2)], ids=range(3))
def test_long_names_do_not_become_one(of: Callable[[Sequence[Parcel]], str]) -> None:
    """Records that differ anywhere have ids that differ, however long the names are that an id is made of."""
    found = [of([one]) for one in SOURCES]
    assert len(set(found)) == len(SOURCES)
    assert all(re.fullmatch(r"[!-~]{1,128}", name) for name in found)
    assert found == [of([one]) for one in SOURCES]


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("pack", [1, 3])
def test_every_kind_takes_a_topic_of_the_longest_name(kind: str, pack: int) -> None:
    """Ids of a topic of 249 characters keep each service's limits of length and characters, and arrive whole."""
    wire = Wire()
    where = destination(kind, wire)
    for one in SOURCES:
        one.route = route(pack=pack)
    for one in SOURCES:
        where.send(entries(where, [one]))
    arrived = [messages[0].id for _, body in wire.posted for _, messages in opened(kind, body)]
    assert arrived == [one.record.id for one in SOURCES] or (pack > 1 and kind.startswith(("sqs", "sns")))
    for _, body in wire.posted:
        for name, allowed in LIMITED_IDS.items():
            for value in re.findall(rf'"{name}": ?"([^"]*)"', body.decode()):
                assert re.fullmatch(allowed, value), name


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("pack", [1, 3])
@given(FOREIGN, FOREIGN)
def test_a_forged_name_stays_a_name(kind: str, pack: int, topic: str, correlation_id: str) -> None:
    """Whatever an event calls its topic and itself, a call is well-formed, and its fields are those it should have."""
    wire = Wire()
    where = destination(kind, wire)
    group = []
    for offset in range(pack):
        one = at(topic, offset, topic)
        one.route, one.correlation_id = route(pack=pack, ordering="key"), correlation_id
        group.append(one)
    where.send(entries(where, group))
    ((_, messages),) = opened(kind, wire.posted[0][1])
    assert [json.dumps(message.message) for message in messages] == [
        json.dumps(json.loads(payload(event_id="e")))
    ] * pack
    headers = wire.posted[0][0]
    assert all(value.isascii() and value.isprintable() for value in headers.values())


@given(EVENT_IDS, EVENT_IDS)
def test_any_event_id_makes_an_execution_name(one: str, other: str) -> None:
    """Every event_id makes a name that Step Functions takes, the same one for the same id and for no other."""
    names = [execution_name([parcel_of(event_id)]) for event_id in (one, other)]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name) for name in names)
    assert (names[0] == names[1]) == (one == other)


def test_an_event_id_cannot_pass_for_a_digest() -> None:
    """An event_id that looks like a name made here gets another one."""
    made = execution_name([parcel_of("a b")])
    assert execution_name([parcel_of(made)]) != made
    packed = execution_name([parcel(1), parcel(2)])
    assert execution_name([parcel_of(packed)]) != packed


def test_an_id_that_is_a_name_stays_readable() -> None:
    """A UUID is found in the console as it is."""
    name = "0192f0c1-7b7e-7000-8000-000000000001"
    assert execution_name([parcel_of(name)]) == deduplication_id([parcel_of(name)]) == name


def parcel_of(event_id: str) -> Parcel:
    """Return a parcel of an event."""
    return at("t", event_id=event_id)


def test_the_same_pack_has_the_same_id() -> None:
    """A pack's id depends on its messages and their order only."""
    a, b = parcel(1), parcel(2)
    assert pack_id([a, b]) == pack_id([parcel(1), parcel(2)])
    assert len({pack_id([a, b]), pack_id([b, a]), pack_id([a])}) == 3


@given(st.binary(max_size=300), st.integers(0, 2**32 - 1), st.sampled_from([1, 5]))
def test_a_group_name_is_one_that_fifo_queues_take(key: bytes, token: int, many: int) -> None:
    """Any key makes a name of 1 to 128 characters of those that SQS allows, the same for the same key."""
    one = parcel(7, route(ordering="key", pack=many), token=token)
    one.record.key = key
    name = group_name([one])
    assert re.fullmatch(r"[!-~]{1,128}", name)
    assert name == group_name([one])

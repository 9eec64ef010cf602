"""Items for keys: what is written, and what each answer means."""

import json
from decimal import Inexact, localcontext
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from hypothesis import given
from hypothesis import strategies as st

from comboio.aws.http import Answer
from comboio.routing.router import Router
from comboio.routing.table import RoutingError, load
from dispatcher.destinations import build
from dispatcher.destinations.dynamodb import attribute_value
from dispatcher.fault import FaultKind
from dispatcher.intake.admission import parcel_of
from dispatcher.parcel import Parcel
from tests.support.aws_wire import UNREACHABLE, Wire, entries, kinds
from tests.support.dispatcher import NOW, payload, record
from tests.support.packed import packed

TABLE = """
version = {version}
[destinations.a]
type = "dynamodb"
target = "trucks"
{options}
[[routes]]
name = "gone"
value = "tombstone"
to = ["a"]
[default]
to = ["a"]
pack = 9
"""
BY_TRUCK = 'key = { truck_id = "value.truck_id" }'


def made(
    value: bytes | None, options: str = BY_TRUCK, wire: Wire | None = None, version: int = 2
) -> tuple[Any, Parcel]:
    """Return the destination, and the parcel of a payload."""
    table = load(TABLE.format(options=options, version=version), {})
    return build(table, (wire or Wire()).clients)["a"], parcel_of(record(7, value, b"T-1"), Router(table))


def written(value: bytes | None, options: str = BY_TRUCK, version: int = 2) -> tuple[str, dict[str, Any]]:
    """Return the action and the request that a message comes to."""
    wire = Wire()
    where, one = made(value, options, wire, version)
    assert where.send(entries(where, [one])) == [None]
    ((headers, body),) = wire.posted
    return headers["x-amz-target"].rpartition(".")[2], json.loads(body)


@pytest.mark.parametrize("version", [1, 2])
def test_a_message_replaces_its_item_if_it_is_newer(version: int) -> None:
    """The fields are attributes, the key comes from the message, and an older message changes nothing."""
    action, request = written(payload(301), version=version)
    assert (action, request["TableName"]) == ("PutItem", "trucks")
    assert request["Item"]["truck_id"] == {"S": "T-1"}
    assert request["Item"]["codigo"] == {"N": "301"}
    held = {"N": f"{NOW - 1_000}.0000000000000000007"}
    assert request["Item"]["comboio_version"] == held == request["ExpressionAttributeValues"][":v"]
    assert request["ConditionExpression"] == "attribute_not_exists(#v) OR #v <= :v"


TIMES = st.integers(-(2**63), 2**63 - 1)
OFFSETS = st.integers(0, 2**63 - 1)


@given(st.tuples(TIMES, OFFSETS), st.tuples(TIMES, OFFSETS), st.booleans())
def test_of_one_millisecond_the_later_offset_is_newer(
    one: tuple[int, int], other: tuple[int, int], together: bool
) -> None:
    """Versions are in the order of timestamp and offset, never equal, and each is a number that DynamoDB takes."""
    other = (one[0], other[1]) if together else other
    versions = []
    for timestamp, offset in (one, other):
        where, parcel = made(payload())
        parcel.record.timestamp, parcel.record.offset = timestamp, offset
        versions.append(json.loads(where.make([parcel]).body)["ExpressionAttributeValues"][":v"]["N"])
    with localcontext(prec=38) as exact:
        exact.traps[Inexact] = True
        first, second = map(exact.create_decimal, versions)
    assert (first < second, first == second) == (one < other, one == other)
    assert first // 1 == one[0] or one[0] < 0


def test_an_update_keeps_the_other_fields() -> None:
    """Only the message's own fields are set, and each by a name that no reserved word can break."""
    action, request = written(payload(301), f'{BY_TRUCK}\nwrite = "update"\nnewest_by = "offset"')
    assert action == "UpdateItem"
    assert request["Key"] == {"truck_id": {"S": "T-1"}}
    assert "#v = :v" in request["UpdateExpression"]
    assert set(request["ExpressionAttributeNames"].values()) == {"comboio_version", "codigo", "event_id", "occurred_at"}
    assert request["ExpressionAttributeValues"][":v"] == {"N": "7"}


@pytest.mark.parametrize("write", ["put", "update"])
def test_a_field_with_the_version_s_name_gives_way(write: str) -> None:
    """Whoever may produce cannot set the version, nor make a message that the table refuses."""
    _, request = written(b'{"truck_id": "T-1", "comboio_version": 9e9}', f'{BY_TRUCK}\nwrite = "{write}"')
    names = request["ExpressionAttributeNames"].values()
    assert list(names).count("comboio_version") == 1
    assert "9000000000.0" not in json.dumps(request)


def test_a_tombstone_deletes_the_item_of_its_key() -> None:
    """The key comes from the record, as nothing else is left."""
    action, request = written(None, 'key = { truck_id = "key" }')
    assert (action, request["Key"]) == ("DeleteItem", {"truck_id": {"S": "T-1"}})


@pytest.mark.parametrize(
    "value", [b"[1]", b'"x"', b"{}", b'{"truck_id": ""}', b'{"truck_id": []}', b'{"truck_id": null}']
)
def test_what_makes_no_item_is_refused_alone(value: bytes) -> None:
    """A message without the key, or without fields, is dead; the others of its pack are written."""
    where, good = made(payload())
    bad = Parcel(record(8, value), "c", good.route)
    parts, refused = packed([bad, good, good], where.make, where.max_entry_bytes)
    assert [len(entry.parcels) for entry in parts] == [1, 1]
    assert [(one, fault.kind) for one, fault in refused] == [(bad, FaultKind.PERMANENT)]


def of_fields(value: object, options: str = BY_TRUCK) -> tuple[int, list[FaultKind]]:
    """Return of a message with this value the entries that are sent, and why it was refused."""
    text = json.dumps({"truck_id": "T-1", "x": value}, ensure_ascii=False)
    where, one = made(text.encode(), options)
    parts, refused = packed([one], where.make, where.max_entry_bytes)
    return len(parts), [fault.kind for _, fault in refused]


TAKEN = {
    "accents": "ã" * 200_000,
    "kanji": "車" * 130_000,
    "line ends": "\n" * 400_000,
    "numbers": [0] * 130_000,
    "booleans": [True] * 200_000,
    "objects": [{}] * 100_000,
}


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("write", ["put", "update"])
@pytest.mark.parametrize("name", TAKEN)
def test_an_item_that_the_table_takes_is_not_refused(name: str, write: str) -> None:
    """The size of an item is what DynamoDB counts, and not what its JSON comes to: UTF-8, and few bytes for a value."""
    assert of_fields(TAKEN[name], f'{BY_TRUCK}\nwrite = "{write}"') == (1, [])


@pytest.mark.parametrize(
    "value", ["ã" * 205_000, [0] * 206_000, {"k" * 410_000: 1}, [[]] * 103_000], ids=["text", "list", "name", "lists"]
)
def test_an_item_that_no_table_takes_is_refused_unsent(value: object) -> None:
    """Above 400 KB by DynamoDB's own count a message is dead at once, without a call."""
    assert of_fields(value) == (0, [FaultKind.PERMANENT])


def error(code: str, status: int = 400) -> Answer:
    """Return an error as DynamoDB answers it."""
    return Answer(status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}).encode())


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error("ConditionalCheckFailedException"), None),
        (error("ValidationException"), FaultKind.PERMANENT),
        (error("ResourceNotFoundException"), FaultKind.TRANSIENT),
        (error("AccessDeniedException"), FaultKind.TRANSIENT),
        (error("ProvisionedThroughputExceededException"), FaultKind.THROTTLED),
        (error("InternalServerError", 500), FaultKind.TRANSIENT),
        (UNREACHABLE, FaultKind.TRANSIENT),
        (Answer(200, b"<html/>"), FaultKind.TRANSIENT),
    ],
)
def test_an_answer_means_what_dynamodb_says(answer: Any, kind: FaultKind | None) -> None:
    """A newer item that is there is a success; only the message's own fault is for good."""
    where, one = made(payload(), wire=Wire(lambda _: answer))
    assert kinds(where.send(entries(where, [one]))) == [kind]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_value_is_read_back_as_it_was(value: object) -> None:
    """boto3 reads what is written as the same value."""
    written_value: Any = attribute_value(value)
    assert TypeDeserializer().deserialize(written_value) == value


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("", "key"),
        ("key = {}", "key"),
        ('key = { a = "x[0]" }', r"key\.a: .*array"),
        ('key = { a = "b", c = "d", e = "f" }', "key"),
        ('key = { comboio_version = "b" }', "version_attribute"),
        ('key = { a = "b" }\nwrite = "append"', "write"),
    ],
)
def test_wrong_options_stop_the_table(options: str, says: str) -> None:
    """Each is named with the destination."""
    with pytest.raises(RoutingError, match=rf"destinations\.a: .*{says}"):
        made(payload(), options)

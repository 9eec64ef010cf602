"""How payloads are changed on their way to a destination."""

import json
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract import unpack
from comboio.routing.router import Router
from comboio.routing.table import RoutingError, load
from dispatcher.destinations import build
from dispatcher.destinations.destination import Destination
from dispatcher.intake.admission import parcel_of
from dispatcher.parcel import Parcel
from tests.support.dispatcher import FakeQueue, payload, record
from tests.support.packed import packed

TABLE = (
    'version = {version}\n{more}[destinations.a]\ntype = "kinesis"\ntarget = "s"\n{options}\n[default]\nto = ["a"]\n'
)
FIELDS = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        st.integers() | st.text(max_size=3),
        lambda inner: st.dictionaries(st.sampled_from("abc"), inner) | st.lists(inner, max_size=2),
    ),
)
PATHS = st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(".".join), min_size=1, max_size=3)


def made(options: str, version: int = 2, more: str = "") -> tuple[Destination, Router]:
    """Return a destination with options, and the router of its table."""
    table = load(TABLE.format(version=version, more=more, options=options), {"ROUTE_KEY": "k"})
    return build(table, lambda service: FakeQueue().api)["a"], Router(table)


def sent(options: str, value: bytes | None, version: int = 2, more: str = "") -> Any:
    """Return what a receiver reads of a message that went to a destination with these options."""
    destination, router = made(options, version, more)
    one = parcel_of(record(7, value, b"k-1", [{"correlation_id": list(b"c-1")}]), router)
    (message,) = unpack.read(json.loads(body(destination, one)))
    return message.message


def body(destination: Destination, one: Parcel) -> str:
    """Return the JSON that a Kinesis entry of one parcel carries, as JSON text."""
    return json.dumps(json.loads(b64decode(json.loads(destination.make([one]).body)["Data"])))


def json_of(fields: dict[str, Any]) -> bytes:
    """Return a payload that the contract takes."""
    return json.dumps({"codigo": 300, **fields}).encode()


@pytest.mark.parametrize(
    ("options", "before", "after"),
    [
        ('pick = ["a", "b.c", "none"]', {"a": 1, "b": {"c": 2, "d": 3}, "e": 4}, {"a": 1, "b": {"c": 2}}),
        ('drop = ["codigo", "b.c", "b.x.y"]', {"a": 1, "b": {"c": 2, "d": 3}}, {"a": 1, "b": {"d": 3}}),
        ('drop = ["codigo"]\nrename = { a = "x.y", b = "a" }', {"a": 1, "b": 2}, {"a": 2, "x": {"y": 1}}),
        ('pick = ["a"]\nrename = { a = "b" }', {"a": [1]}, {"b": [1]}),
        (
            'pick = ["a", "a.b", "c.d"]',
            {"a": {"b": 1, "e": 0}, "c": {"d": None, "e": 2}},
            {"a": {"b": 1, "e": 0}, "c": {"d": None}},
        ),
        (
            'pick = ["a.b", "a.c.d"]',
            {"a": [{"b": 1, "x": 1, "c": [{"d": 2, "x": 2}, 3]}, {"x": 4}, 5]},
            {"a": [{"b": 1, "c": [{"d": 2}]}]},
        ),
        (
            'drop = ["codigo", "a.b.c"]',
            {"a": [{"b": [[{"c": 1, "d": 2}]]}, {"b": {"c": 3}}, 4]},
            {"a": [{"b": [[{"d": 2}]]}, {"b": {}}, 4]},
        ),
    ],
)
def test_fields_are_picked_dropped_and_renamed(options: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """A receiver gets the fields that it should have, under the names that it knows."""
    assert sent(options, json_of(before)) == after


def test_a_masked_value_tells_only_whether_values_are_equal() -> None:
    """Equal values have equal masks, the value is gone, and another key gives another mask."""
    options = 'mask = ["driver.cpf", "none"]\nmask_key = "$ROUTE_KEY"'
    one, same, other = (sent(options, json_of({"driver": {"cpf": cpf, "n": 1}})) for cpf in ("123", "123", "124"))
    assert one == same != other
    assert one["driver"]["n"] == 1
    assert "123" not in json.dumps(one)
    assert sent(options.replace("$ROUTE_KEY", "other"), json_of({"driver": {"cpf": "123", "n": 1}})) != one


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    "driver",
    [[{"cpf": "123"}], [{"n": 1}, {"cpf": "123"}], [[{"cpf": "123"}], {"cpf": "123"}], {"cpf": [{"cpf": "123"}]}],
    ids=["an array", "one of it", "arrays in it", "a value"],
)
@pytest.mark.parametrize(
    "options", ['mask = ["driver.cpf"]\nmask_key = "$ROUTE_KEY"', 'drop = ["driver.cpf"]', 'pick = ["driver.n"]']
)
def test_no_array_hides_a_field(options: str, driver: Any) -> None:
    """A sender with several drivers writes an array where one driver is an object: what must not go out does not."""
    assert "123" not in json.dumps(sent(options, json_of({"driver": driver})))


@given(FIELDS, PATHS, PATHS)
def test_changes_never_break_and_never_leak(fields: dict[str, Any], dropped: list[str], masked: list[str]) -> None:
    """Whatever stands at the paths, a message is made, and the parcel that other destinations send stays as it was."""
    masked = [path for path in masked if not any(f"{path}.".startswith(f"{gone}.") for gone in dropped)]
    mask_key = 'mask_key = "k"' if masked else ""
    destination, router = made(f"drop = {json.dumps(dropped)}\nmask = {json.dumps(masked)}\n{mask_key}")
    one = parcel_of(record(7, json_of(fields)), router)
    before = json.dumps(one.content.document if one.content else None)
    assert json.loads(body(destination, one))["message"] is not None
    assert json.dumps(one.content.document if one.content else None) == before


@pytest.mark.parametrize("value", [b'["secret"]', b'"secret"', b"null"])
def test_what_has_no_fields_is_refused_rather_than_sent_unmasked(value: bytes) -> None:
    """A payload that cannot be masked is dead, and takes no other of its pack with it."""
    options = 'mask = ["x"]\nmask_key = "k"'
    destination, router = made(options, more="[message]\nrequired = []\n")
    parcels = [parcel_of(record(7, value), router), parcel_of(record(8, b"{}"), router)]
    entries, refused = packed(parcels, destination.make, destination.max_entry_bytes)
    assert [each.parcels[0].record.offset for each in entries] == [8]
    ((one, fault),) = refused
    assert one.record.offset == 7
    assert "secret" not in fault.error


def test_the_fleet_s_own_messages_can_be_changed_too() -> None:
    """In a table of version 1 nobody has looked inside; the shape does."""
    assert sent('pick = ["truck_id"]', payload(), version=1) == {"truck_id": "T-1"}


def test_a_cloud_event_says_all_that_is_known() -> None:
    """Id, source, type, time, subject and the extensions are those of the message; the data is its payload."""
    event = sent('envelope = "cloudevents"', payload(301))
    assert event["data"] == json.loads(payload(301))
    assert event["specversion"] == "1.0"
    assert (event["id"], event["type"], event["subject"], event["time"]) == (
        "01J", "301", "T-1", "2026-11-22T15:00:00+00:00",
    )  # fmt: skip
    assert event["source"].endswith("/t")
    assert (event["correlationid"], event["partitionkey"]) == ("c-1", "k-1")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ("", True),
        ('drop = ["codigo"]', True),
        ('rename = { truck_id = "who" }', True),
        ('drop = ["truck_id"]', False),
        ('pick = ["codigo"]', False),
        ('mask = ["truck_id"]\nmask_key = "k"', False),
    ],
)
def test_an_envelope_says_nothing_that_was_taken_out(options: str, named: bool) -> None:
    """Neither `subject` nor a key that is made of it names an entity that the payload no longer names."""
    destination, router = made(f'envelope = "cloudevents"\n{options}')
    event = json.loads(body(destination, parcel_of(record(7, payload(301), b"300:T-1"), router)))["message"]
    assert ("T-1" in json.dumps(event)) is named
    assert (event.get("subject"), event.get("partitionkey")) == (("T-1", "300:T-1") if named else (None, None))
    other = json.loads(body(destination, parcel_of(record(7, payload(301), b"k"), router)))["message"]
    assert other["partitionkey"] == "k"


@pytest.mark.parametrize(
    ("value", "data"),
    [(b"plain", {"data": "plain", "datacontenttype": "text/plain"}), (b"\xff", {"data_base64": "/w=="})],
)
def test_a_cloud_event_carries_what_is_not_json(value: bytes, data: dict[str, str]) -> None:
    """Text is a text, and bytes are `data_base64`; type and id come from the record."""
    event = sent('envelope = "cloudevents"', value, more='[message]\nformat = "raw"\n')
    assert data.items() <= event.items()
    assert (event["type"], event["id"]) == ("t", record(7).id)


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("timestamp", [-1, -(2**63), 2**63 - 1])
def test_a_timestamp_that_is_no_date_makes_an_event_all_the_same(timestamp: int) -> None:
    """Any timestamp that Kafka can have is written as a date."""
    destination, router = made('envelope = "cloudevents"')
    one = record(7, json_of({}))
    one.timestamp = timestamp
    assert json.loads(body(destination, parcel_of(one, router)))["message"]["time"]


@pytest.mark.robustness("input of any shape")
def test_a_number_that_cannot_be_written_again_is_refused_alone() -> None:
    """What JSON allows and no double holds would become a word that is not JSON."""
    destination, router = made('drop = ["x"]')
    parcels = [parcel_of(record(7, b'{"codigo": 1, "a": 1e999}'), router), parcel_of(record(8, json_of({})), router)]
    entries, refused = packed(parcels, destination.make, destination.max_entry_bytes)
    assert [each.parcels[0].record.offset for each in entries] == [8]
    assert [one.record.offset for one, _ in refused] == [7]


def test_changes_and_envelope_go_together() -> None:
    """The data of the event is the changed payload."""
    assert sent('pick = ["a"]\nenvelope = "cloudevents"', json_of({"a": 1}))["data"] == {"a": 1}


def test_a_tombstone_is_left_as_it_is() -> None:
    """There is nothing in it to change."""
    more = '[[routes]]\nname = "gone"\nvalue = "tombstone"\nto = ["a"]\n'
    assert sent('pick = ["a"]', None, more=more) is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ('mask = ["x"]', "mask_key"),
        ('pick = ["header.x"]', "pick: 'header.x' is not in the payload"),
        ('drop = ["a[0]"]', "drop: .*array"),
        ('rename = { a = "key" }', "rename: 'key' is not in the payload"),
        ('envelope = "soap"', r"envelope.*cloudevents"),
        ("pick = [1]", r"pick"),
    ],
)
def test_a_wrong_shape_is_one_line_with_its_place(options: str, says: str) -> None:
    """Each stops the table, and names the destination and the option."""
    with pytest.raises(RoutingError, match=says) as raised:
        made(options)
    assert "destinations.a" in str(raised.value)
    assert "\n" not in str(raised.value)

"""Which route a message takes, when routes ask for more than topic and code."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.message import MalformedMessageError
from comboio.contract.record import Record
from comboio.routing.router import Router
from comboio.routing.table import RoutingError, load
from tests.support.dispatcher import record

FIELDS = ["header.tenant", "value.kind"]
HEAD = 'version = 2\n[destinations.a]\ntype = "sqs"\n[default]\nto = ["dead_letter"]\n'


def table(*routes: str, head: str = HEAD) -> Router:
    """Return a table with these routes, called r0, r1, ..."""
    to = 'to = ["a"]\n'
    sections = (
        f'[[routes]]\nname = "r{n}"\n{"" if "to =" in lines else to}{lines}\n' for n, lines in enumerate(routes)
    )
    return Router(load(head + "".join(sections), {}))


def taken(router: Router, one: Record) -> str | None:
    """Return the name of the route that takes a record."""
    route = router.find(one, router.read(one))
    return None if route is None else route.name


def message(**fields: object) -> Record:
    """Return a record with a payload, header `tenant` and key `BR-7`."""
    return record(1, json.dumps({"codigo": 300, **fields}).encode(), b"BR-7", [{"tenant": list(b"acme")}])


@pytest.mark.parametrize(
    "when",
    [
        '"header.tenant" = ["acme"]',
        '"key" = "prefix:BR-"',
        '"value.speed" = ">120"',
        '"value.event" = { exists = true }',
        '"value.tags" = ["hot"]',
        '"value.deep.er" = [7]',
        '"header.tenant" = ["acme"], "value.speed" = [121]',
    ],
)
def test_a_route_takes_what_meets_all_that_it_asks(when: str) -> None:
    """Headers, key and payload are asked, each in EventBridge's words; what misses one goes on to the next route."""
    router = table(f"when = {{ {when} }}", "")
    full = message(speed=121, event=None, tags=["cold", "hot"], deep={"er": 7})
    assert taken(router, full) == "r0"
    assert taken(router, record(1, b'{"codigo": 300}', b"AR-7", [{"tenant": list(b"beta")}])) == "r1"


@given(
    st.lists(
        st.tuples(st.sampled_from(FIELDS), st.sampled_from(["=", "prefix:"]), st.sampled_from("abc")),
        max_size=8,
    ),
    st.sampled_from(["a", "b", "c", "ab"]),
    st.sampled_from(["a", "b", "c", "ab"]),
)
def test_looking_routes_up_gives_what_asking_them_in_order_gives(
    asked: list[tuple[str, str, str]], tenant: str, kind: str
) -> None:
    """The index over literal texts changes nothing but the speed: the first route that takes it has it."""
    router = table(*(f'when = {{ "{field}" = "{word.strip("=")}{text}" }}' for field, word, text in asked))
    one = record(1, json.dumps({"codigo": 1, "kind": kind}).encode(), None, [{"tenant": list(tenant.encode())}])
    said = {"header.tenant": tenant, "value.kind": kind}
    first = (
        f"r{n}"
        for n, (field, word, text) in enumerate(asked)
        if (said[field] == text if word == "=" else said[field].startswith(text))
    )
    assert taken(router, one) == next(first, "default")


def test_codes_may_be_texts_and_numbers() -> None:
    """A code that is a text is matched whole; digits are a number wherever they stand."""
    router = table('codigos = ["VEHICLE_STOP"]', 'codigos = ["300-399"]')
    assert taken(router, record(1, b'{"codigo": "VEHICLE_STOP"}')) == "r0"
    assert taken(router, record(1, b'{"codigo": "300"}')) == "r1"
    assert taken(router, record(1, b'{"codigo": "vehicle_stop"}')) == "default"


def test_each_topic_has_its_own_contract() -> None:
    """What one topic calls its code is malformed in another."""
    head = HEAD + '[topics.t.message]\ncode = "kind"\n[topics.raw.message]\nformat = "raw"\n'
    router = table("codigos = [7]", head=head)
    one = record(1, b'{"kind": 7}')
    one.topic = "t"
    assert taken(router, one) == "r0"
    one.topic = "other"
    with pytest.raises(MalformedMessageError, match="code"):
        router.read(one)
    one.topic, one.value = "raw", b"\xff\x00"
    assert taken(router, one) == "default"


def test_tombstones_go_where_a_route_asks_for_them() -> None:
    """Only a route for tombstones takes them, and it takes nothing else; without one, nobody does."""
    router = table("", 'value = "tombstone"\nwhen = { "key" = "prefix:BR-" }')
    assert taken(router, record(1, None, b"BR-7")) == "r1"
    assert taken(router, record(1, None, b"AR-7")) is None
    assert taken(router, message()) == "r0"


def test_version_1_has_the_fleet_s_own_contract_and_may_ask_for_more() -> None:
    """A table of before keeps its strict fields; `when` and tombstones work in it too."""
    head = HEAD.replace("version = 2", "version = 1")
    router = table('when = { "value.truck_id" = ["t-1"] }', 'value = "tombstone"', head=head)
    whole = {"truck_id": "t-1", "event_id": "e", "occurred_at": "2026-11-28T12:00:00Z"}
    assert taken(router, message(**whole)) == "r0"
    assert taken(router, record(1, None)) == "r1"
    with pytest.raises(MalformedMessageError, match="truck_id"):
        router.read(message())


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('when = { "value.items[0]" = [1] }', r"routes\.r0.*value\.items\[0\].*array"),
        ('when = { "speed" = ">fast" }', r"routes\.r0.*speed.*number after"),
        ('when = { value.speed = ">1" }', "in quotes"),
        ('when = { "header.x" = [] }', "never holds"),
        ('value = "tombstone"\nwhen = { "value.x" = [1] }', "no payload"),
        ('value = "nothing"', r"routes\.r0\.value"),
        ("sample = 0", r"routes\.r0\.sample"),
        ("sample = 1.5", r"routes\.r0\.sample"),
        ('to = ["a", "discard"]', "the only destination"),
        ('topics = ["raw"]\nwhen = { "value.x" = [1] }', "messages of raw are raw"),
    ],
)
def test_a_wrong_route_is_one_line_with_its_place_and_a_remedy(lines: str, says: str) -> None:
    """Each impossible condition stops the table."""
    with pytest.raises(RoutingError, match=says) as raised:
        table(lines, head=HEAD + '[topics.raw.message]\nformat = "raw"\n')
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("more", ['[message]\ncode = "x"', '[topics.t.message]\ncode = "x"'])
def test_a_contract_needs_version_2(more: str) -> None:
    """An older function must not take the table for one that it understands."""
    with pytest.raises(RoutingError, match="version = 2"):
        load(HEAD.replace("version = 2", "version = 1") + more, {})


@given(st.integers(0, 10_000), st.sampled_from([0.01, 0.5, 1.0]))
def test_a_sample_is_the_same_in_every_redelivery(offset: int, share: float) -> None:
    """Whether a record is in the sample depends on the record alone; a whole sample discards nothing."""
    route = table(f"sample = {share}").table.routes[0]
    one = record(offset)
    assert route.discards(one) == route.discards(record(offset))
    assert not (share == 1.0 and route.discards(one))


def test_a_sample_has_its_share() -> None:
    """Of many records about the share is sent."""
    route = table("sample = 0.1").table.routes[0]
    sent = sum(not route.discards(record(offset)) for offset in range(5_000))
    assert 350 < sent < 650

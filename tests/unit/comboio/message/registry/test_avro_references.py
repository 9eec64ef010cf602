"""Avro schemas that refer to others: what is read and written by them is what one whole schema would make of it."""

import io
import json
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.message import MalformedMessageError
from comboio.message.contract import MessageContract
from comboio.message.registry.avro import decode, parse
from comboio.message.registry.avro_references import DEEPEST, whole
from comboio.message.registry.decoder import decoder
from comboio.message.registry.registry import Registered

KIND = {"type": "enum", "name": "Kind", "namespace": "com.acme.base", "symbols": ["STOP", "GO"]}
PLACE: dict[str, Any] = {
    "type": "record",
    "name": "Place",
    "namespace": "com.acme.base",
    "fields": [{"name": "lat", "type": "double"}, {"name": "kind", "type": ["null", "Kind"], "default": None}],
}
STOP = {
    "type": "record",
    "name": "com.acme.Stop",
    "fields": [{"name": "at", "type": "com.acme.base.Place"}, {"name": "before", "type": ["null", "Stop"]}],
}
DOOR: dict[str, Any] = {
    "type": "record",
    "name": "com.acme.Door",
    "fields": [
        {"name": "seal", "type": {"type": "fixed", "name": "Seal", "size": 2}},
        {"name": "places", "type": {"type": "array", "items": "com.acme.base.Place"}},
        {"name": "seals", "type": {"type": "map", "values": "Seal"}},
    ],
}
EVENT = {
    "type": "record",
    "name": "Event",
    "namespace": "com.acme",
    "fields": [
        {"name": "kind", "type": "com.acme.base.Kind"},
        {"name": "stop", "type": ["null", "Stop"]},
        {"name": "door", "type": "Door"},
        {"name": "last", "type": {"type": "com.acme.base.Place"}},
    ],
}
IMPORTS = {
    "com.acme.Stop": json.dumps(STOP),
    "com.acme.Door": json.dumps(DOOR),
    "com.acme.base.Place": json.dumps(PLACE),
    "com.acme.base.Kind": json.dumps(KIND),
}
HAND_MADE = {
    **EVENT,
    "fields": [
        {"name": "kind", "type": KIND},
        {
            "name": "stop",
            "type": [
                "null",
                {
                    **STOP,
                    "fields": [{"name": "at", "type": PLACE}, {"name": "before", "type": ["null", "com.acme.Stop"]}],
                },
            ],
        },
        {"name": "door", "type": DOOR},
        {"name": "last", "type": "com.acme.base.Place"},
    ],
}
"""The same schema as one text."""

places = st.fixed_dictionaries(
    {"lat": st.floats(allow_nan=False, allow_infinity=False), "kind": st.sampled_from([None, "STOP", "GO"])}
)
stops: Any = st.deferred(lambda: st.none() | st.fixed_dictionaries({"at": places, "before": stops}))
seals = st.binary(min_size=2, max_size=2)
events = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["STOP", "GO"]),
        "stop": stops,
        "door": st.fixed_dictionaries(
            {
                "seal": seals,
                "places": st.lists(places, max_size=2),
                "seals": st.dictionaries(st.sampled_from("ab"), seals, max_size=2),
            }
        ),
        "last": places,
    }
)


def written(schema: Any, event: Any) -> bytes:
    """Return an event in Avro, by a schema of one text."""
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(schema), event)
    return stream.getvalue()


@given(events)
def test_what_refers_to_others_reads_as_one_schema_does(event: dict[str, Any]) -> None:
    """Through names of a namespace, unions, arrays, maps, types within types, and records within themselves."""
    payload = written(HAND_MADE, event)
    expected = decode(payload, parse(Registered(json.dumps(HAND_MADE))))
    assert decode(payload, parse(Registered(json.dumps(EVENT), IMPORTS))) == expected


@pytest.mark.parametrize(
    ("schema", "one", "event"),
    [
        ("com.acme.base.Kind", KIND, "GO"),
        (["null", "com.acme.base.Kind"], ["null", KIND], "GO"),
        ({"type": "array", "items": "com.acme.base.Kind"}, {"type": "array", "items": KIND}, ["GO", "STOP"]),
        ({"type": "map", "values": "com.acme.base.Kind"}, {"type": "map", "values": KIND}, {"a": "GO"}),
    ],
)
def test_a_topic_may_have_types_of_other_schemas_alone(schema: Any, one: Any, event: Any) -> None:
    """A union of other schemas' records is how several kinds of event share a topic."""
    found = parse(Registered(json.dumps(schema), IMPORTS))
    assert decode(written(one, event), found).document == event


def test_a_type_within_another_schema_is_found() -> None:
    """Even where it is mentioned before the type that has it within it."""
    schema = {
        "type": "record",
        "name": "E",
        "fields": [{"name": "seal", "type": "com.acme.Seal"}, {"name": "door", "type": "com.acme.Door"}],
    }
    seal, door = DOOR["fields"][0]["type"], {**DOOR, "fields": [{"name": "seal", "type": "Seal"}, *DOOR["fields"][1:]]}
    one = {
        **schema,
        "fields": [{"name": "seal", "type": {**seal, "namespace": "com.acme"}}, {"name": "door", "type": door}],
    }
    one = json.loads(
        json.dumps(one).replace('"com.acme.base.Place"', json.dumps({**PLACE, "fields": PLACE["fields"][:1]}))
    )
    imports = {**IMPORTS, "com.acme.base.Place": json.dumps({**PLACE, "fields": PLACE["fields"][:1]})}
    event = {"seal": b"ab", "door": {"seal": b"cd", "places": [{"lat": 1.5}], "seals": {"x": b"ef"}}}
    found = decode(written(one, event), parse(Registered(json.dumps(schema), imports)))
    assert found.document == {
        "seal": "YWI=",
        "door": {"seal": "Y2Q=", "places": [{"lat": 1.5}], "seals": {"x": "ZWY="}},
    }


CIRCLE = {
    "A": json.dumps({"type": "record", "name": "A", "fields": [{"name": "b", "type": ["null", "B"]}]}),
    "B": json.dumps({"type": "record", "name": "B", "fields": [{"name": "a", "type": ["null", "A"]}]}),
}


def test_schemas_that_refer_to_each_other_are_read() -> None:
    """A circle is a record that has itself within it; one so deep that it would end the process is malformed."""
    schema = parse(Registered(CIRCLE["A"], CIRCLE))
    assert decode(b"\x02\x02\x00", schema).document == {"b": {"a": {"b": None}}}
    with pytest.raises(MalformedMessageError):
        decode(b"\x02" * 1_000_000 + b"\x00", schema)


class Registry:
    """A registry in memory with one schema."""

    def __init__(self, text: str, imports: dict[str, str]) -> None:
        self._registered = Registered(text, imports)

    def schema(self, name: str, timeout_s: float) -> Registered:
        """See SchemaSource."""
        return self._registered


def chain(length: int) -> dict[str, str]:
    """Return schemas of which each refers to the next."""
    return {
        f"N{place}": json.dumps(
            {"type": "record", "name": f"N{place}", "fields": [{"name": "n", "type": f"N{place + 1}"}]}
        )
        for place in range(length)
    } | {f"N{length}": json.dumps({"type": "record", "name": f"N{length}", "fields": []})}


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize(
    ("text", "imports"),
    [
        ('["null", "N0"]', chain(DEEPEST)),
        ('"N0"', {"N0": '{"type": "array", "items": ' * 300 + '"int"' + "}" * 300}),
        ('"N0"', {"N0": "[" * 100_000}),
        ('"gone"', {"there": json.dumps(KIND)}),
        ('"A"', {"A": "no JSON"}),
        ('"A"', {"A": "[1, null, true]"}),
        ('"A"', {"A": '{"type": "record", "name": "A", "fields": 7}'}),
        ('"A"', {"A": '{"type": "record", "name": 7, "fields": [null, 7, {"type": {}}]}'}),
        ('{"type": {"type": {"type": "A"}}}', {"A": '{"type": "record", "name": "A", "fields": [{"name": "a"}]}'}),
        ("7", dict(CIRCLE)),
        ("{}", dict(CIRCLE)),
    ],
)
def test_references_that_are_none_make_records_malformed(text: str, imports: dict[str, str]) -> None:
    """Whatever another schema holds, the record is a dead letter that says so, and the next one goes on."""
    contract = MessageContract.model_validate({"format": "avro", "registry": "http://registry"})
    with pytest.raises(MalformedMessageError, match=r"cannot be parsed|not Avro"):
        decoder(contract, Registry(text, imports))(b"\0\0\0\0\x07\x02\x02")


def test_a_long_chain_is_read() -> None:
    """As many schemas as are asked for may stand one within the other."""
    assert decode(b"", parse(Registered('"N0"', chain(90)))).document


SCHEMAS = st.recursive(
    st.sampled_from(["int", "A", "x.B", "", "record", None, 7]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {"type": st.sampled_from(["record", "enum", "fixed", "array", "map", "A", "int"]) | inner},
            optional={
                "name": st.sampled_from(["A", "x.B", "", "C"]),
                "namespace": st.sampled_from(["", "x", "y.z"]),
                "items": inner,
                "values": inner,
                "fields": st.lists(st.fixed_dictionaries({"name": st.just("f"), "type": inner}), max_size=2) | inner,
            },
        )
    ),
    max_leaves=10,
)


@given(SCHEMAS, st.lists(SCHEMAS, min_size=1, max_size=3))
def test_no_schemas_end_in_another_error_than_that_they_are_none(schema: Any, others: list[Any]) -> None:
    """Whatever a registry holds is put together in bounded time."""
    whole(Registered(json.dumps(schema), {str(place): json.dumps(each) for place, each in enumerate(others)}))

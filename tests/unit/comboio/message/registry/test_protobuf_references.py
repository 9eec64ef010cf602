"""Protobuf schemas that refer to others of the registry: chains, diamonds, public imports, circles."""

import base64
from typing import Any

import pytest

from comboio.contract.message import MalformedMessageError
from comboio.message.contract import MessageContract
from comboio.message.registry import proto_text
from comboio.message.registry.decoder import decoder
from comboio.message.registry.protobuf_schema import ProtobufSchema
from comboio.message.registry.registry import Registered

BASE = 'syntax = "proto3"; package acme.base; enum Kind { NONE = 0; STOP = 1; } message Id { string text = 1; }'
PLACE = 'syntax = "proto3"; package acme.base; import "base.proto"; message Place { double lat = 1; Id id = 2; }'
DRIVER = 'syntax = "proto3"; package acme.people; import "base.proto"; message Driver { acme.base.Id id = 1; }'
DOOR = 'syntax = "proto3"; import public "base.proto"; message Door { acme.base.Kind kind = 1; }'
EVENT = """
syntax = "proto3";
package acme;
import "place.proto";
import "driver.proto";
import "door.proto";
message Event {
  base.Place place = 1;
  acme.people.Driver driver = 2;
  Door door = 3;
  base.Kind kind = 4;
  map<string, base.Id> ids = 5;
}
"""
"""`base.Kind` is there by the public import of door.proto alone; base.proto is reached on three ways."""

TEXTS = {"place.proto": PLACE, "driver.proto": DRIVER, "door.proto": DOOR, "base.proto": BASE}


def compiled(text: str) -> str:
    """Return a file as a registry compiles it."""
    return base64.b64encode(proto_text.parse(text).SerializeToString()).decode()


COMPILED = {name: compiled(text) for name, text in TEXTS.items()}


class Registry:
    """A registry in memory with one schema."""

    def __init__(self, registered: Registered) -> None:
        self._registered = registered

    def schema(self, name: str, timeout_s: float) -> Registered:
        """See SchemaSource."""
        return self._registered


def read(registered: Registered, payload: bytes) -> Any:
    """Return what the dispatcher reads of a payload of the schema's first message."""
    contract = MessageContract.model_validate({"format": "protobuf", "registry": "http://registry"})
    return decoder(contract, Registry(registered))(b"\0\0\0\0\x07\0" + payload).document


@pytest.mark.parametrize(
    "registered",
    [
        Registered(EVENT, TEXTS),
        Registered(compiled(EVENT), COMPILED),
        Registered(compiled(EVENT), dict(reversed(COMPILED.items()))),
    ],
    ids=["text", "compiled", "compiled, other order"],
)
def test_a_message_of_many_files_is_read(registered: Registered) -> None:
    """Each file once, in whatever order the registry gave them."""
    event = ProtobufSchema(registered).message_type((0,)).new()
    event.place.lat, event.place.id.text, event.driver.id.text = 1.5, "p", "d"
    event.door.kind, event.kind, event.ids["a"].text = 1, 1, "x"
    assert read(registered, event.SerializeToString()) == {
        "place": {"lat": 1.5, "id": {"text": "p"}},
        "driver": {"id": {"text": "d"}},
        "door": {"kind": "STOP"},
        "kind": "STOP",
        "ids": {"a": {"text": "x"}},
    }


def chain(length: int) -> dict[str, str]:
    """Return files of which each imports the next."""
    files = {
        f"n{place}.proto": f'syntax = "proto3"; import "n{place + 1}.proto"; message N{place} {{ N{place + 1} n = 1; }}'
        for place in range(length)
    }
    return files | {f"n{length}.proto": f'syntax = "proto3"; message N{length} {{ int32 n = 1; }}'}


def test_a_chain_as_long_as_is_asked_for_is_read() -> None:
    """A hundred schemas, one within the other."""
    files = {name: compiled(text) for name, text in chain(100).items()}
    assert read(Registered(files.pop("n0.proto"), files), b"") == {}


ROUND = 'syntax = "proto3"; import "%s.proto"; message %s { %s other = 1; }'


@pytest.mark.robustness("a service that does not answer")
@pytest.mark.parametrize(
    ("root", "imports"),
    [
        (ROUND % ("b", "A", "B"), {"b.proto": ROUND % ("a", "B", "A"), "a.proto": ROUND % ("b", "A", "B")}),
        (ROUND % ("a", "A", "A2"), {"a.proto": 'syntax = "proto3"; import "a.proto"; message A2 { A2 a = 1; }'}),
        (ROUND % ("gone", "A", "B"), {}),
        (ROUND % ("b", "A", "B"), {"b.proto": "no proto at all"}),
        (ROUND % ("b", "A", "B"), {"b.proto": "AAAA"}),
        (ROUND % ("b", "A", "B"), {"b.proto": 'syntax = "proto3"; message A { int32 a = 1; } message B {}'}),
    ],
    ids=["circle", "itself", "gone", "no text", "no descriptor", "a name twice"],
)
def test_files_that_do_not_hold_together_make_records_malformed(root: str, imports: dict[str, str]) -> None:
    """A circle is none that Protobuf allows; the record is a dead letter that says so, and the next one goes on."""
    for registered in (
        Registered(root, imports),
        Registered(
            compiled(root), {name: compiled(text) if "proto3" in text else text for name, text in imports.items()}
        ),
    ):
        with pytest.raises(MalformedMessageError, match="cannot be parsed"):
            read(registered, b"")

"""The foreign fleets of the check are what they say."""

import json

import pytest

from comboio.contract.message import MalformedMessageError, decode
from comboio.message.registry.decoder import decoder
from comboio.message.registry.registry import Registered, SchemaSource
from comboio.routing.table import load
from local.adopt.contracts import TABLE, fleets
from local.adopt.schemas import COMPILED, JSON_ID, JSON_SCHEMA, PROTO_ID, SCHEMA, SCHEMA_ID


class Registry:
    """The check's registry, without a server."""

    def schema(self, name: str, timeout_s: float) -> Registered | None:
        """See SchemaSource."""
        texts = {str(SCHEMA_ID): json.dumps(SCHEMA), str(PROTO_ID): COMPILED, str(JSON_ID): json.dumps(JSON_SCHEMA)}
        return Registered(texts[name]) if name in texts else None


def test_no_message_keeps_the_fleet_s_own_contract() -> None:
    """All of them would be malformed by a table of version 1: that is what the check is about."""
    sent = [each for fleet in fleets(5) for each in fleet.messages]
    for each in sent:
        with pytest.raises(MalformedMessageError):
            decode(each.value)
    assert {bool(each.names) for each in sent} == {True, False}


@pytest.mark.parametrize("topic", ["vehicle.stops", "truck.positions", "door.events"])
def test_the_table_loads_and_what_a_registry_describes_is_read(topic: str) -> None:
    """What must arrive of a message is what its schema says."""
    table = load(TABLE.format(registry="http://127.0.0.1:1", queue="https://sqs/q", bucket="bucket"), {})
    contract = table.contract(topic)
    assert contract is not None
    source: SchemaSource = Registry()
    decode_by_schema = decoder(contract, source)
    (fleet,) = [fleet for fleet in fleets(5) if fleet.topic == topic]
    assert [decode_by_schema(each.value).document for each in fleet.messages if not each.names] == [
        each.arrives for each in fleet.messages if not each.names
    ]

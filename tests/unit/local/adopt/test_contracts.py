"""The foreign fleets of the check are what they say."""

import json

import pytest

from comboio.contract.message import MalformedMessageError, decode
from comboio.message.registry.decoder import decoder
from comboio.message.registry.registry import SchemaSource
from comboio.routing.table import load
from local.adopt.contracts import SCHEMA, SCHEMA_ID, TABLE, fleets


class Registry:
    """The check's registry, without a server."""

    def schema(self, name: str) -> str | None:
        """See SchemaSource."""
        return json.dumps(SCHEMA) if name == str(SCHEMA_ID) else None


def test_no_message_keeps_the_fleet_s_own_contract() -> None:
    """All of them would be malformed by a table of version 1: that is what the check is about."""
    sent = [each for fleet in fleets(5) for each in fleet.messages]
    for each in sent:
        with pytest.raises(MalformedMessageError):
            decode(each.value)
    assert {bool(each.names) for each in sent} == {True, False}


def test_the_table_loads_and_its_avro_is_read() -> None:
    """What must arrive of an Avro message is what its schema says."""
    table = load(TABLE.format(registry="http://127.0.0.1:1", queue="https://sqs/q", bucket="bucket"), {})
    contract = table.contract("vehicle.stops")
    assert contract is not None
    source: SchemaSource = Registry()
    decode_avro = decoder(contract, source)
    (stops,) = [fleet for fleet in fleets(5) if fleet.topic == "vehicle.stops"]
    assert [decode_avro(each.value).document for each in stops.messages if not each.names] == [
        each.arrives for each in stops.messages if not each.names
    ]

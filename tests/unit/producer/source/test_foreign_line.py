"""Lines of somebody else's contract: what is read of them, which are rejected, and which tables lines can have."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.message.contract import MessageContract
from producer.source.foreign_line import ContractError, contract_of, foreign
from producer.source.line import Line
from producer.source.reading import Reading, Rejected

TABLE = """
version = 2
[message]
code = "data.type"
id = "data.uuid"
entity = "data.plate"
time = "data.at"
required = ["code", "entity"]
[topics."plc.readings".message]
format = "raw"
[topics."connect.events".message]
format = "json-envelope"
code = "kind"
[topics."avro.events".message]
format = "avro"
registry = "http://registry"
[topics."wrapped.events".message]
registry = "$ROUTE_REGISTRY"
[topics."headed.events".message]
code = "header.kind"
[destinations.a]
type = "sqs"
target = "$ROUTE_NOT_SET_HERE"
[default]
to = ["a"]
"""


CONTRACTS = [
    MessageContract.model_validate({"format": "json-envelope"}),
    MessageContract.model_validate({"format": "raw"}),
    MessageContract.model_validate({"entity": "a", "time": "b", "required": []}),
]


def table(tmp_path: Path, text: str = TABLE) -> Path:
    """Return a file with a table."""
    path = tmp_path / "routes.toml"
    path.write_text(text)
    return path


def read(tmp_path: Path, topic: str, text: bytes) -> tuple[Reading, datetime | None] | Rejected:
    """Read a line of a topic."""
    return foreign(contract_of(table(tmp_path), topic))(Line(text, "file:1"))


def test_a_line_is_read_by_the_table_and_stays_as_it_is(tmp_path: Path) -> None:
    """Its entity, id and time come from where the contract says; the variables of the dispatcher are not needed."""
    text = b'{"data": {"type": "STOP", "uuid": "u-1", "plate": "BRA1", "at": 1795359600}}'
    found = read(tmp_path, "vehicle.events", b" " + text + b"\r")
    assert found == (Reading(0, "BRA1", "", event_id="u-1", payload=text), datetime(2026, 11, 22, 15, tzinfo=UTC))


def test_what_a_line_does_not_say_is_not_made_up(tmp_path: Path) -> None:
    """No id, no time, nor an entity that is not asked for: raw text has none of them, and keeps its blanks."""
    assert read(tmp_path, "plc.readings", b" PLC-1;1 ") == (Reading(0, "", "", payload=b" PLC-1;1 "), None)
    payload = b'{"payload": {"kind": 7}, "schema": null}'
    assert read(tmp_path, "connect.events", payload) == (Reading(0, "", "", payload=payload), None)


@pytest.mark.robustness("source files that change, end badly or hold nonsense")
@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"{", "payload"),
        (b'{"data": {"type": "STOP"}}', "entity: .*data.plate"),
        (b'{"data": {"plate": "BRA1"}}', "code: .*data.type"),
        (b'{"data": {"type": 1.5, "plate": "BRA1"}}', "code, in .*data.type"),
        (b"5", "code"),
        (b"\xff", "payload"),
    ],
)
def test_a_line_that_breaks_the_contract_is_rejected_by_name(tmp_path: Path, text: bytes, names: str) -> None:
    """Whole, with its place, and with the field that is wrong."""
    found = read(tmp_path, "vehicle.events", text)
    assert isinstance(found, Rejected)
    assert found[1:] == ("file:1", text)
    with pytest.raises(AssertionError, match=names):
        raise AssertionError(found.reason)


@pytest.mark.robustness("input of any shape")
@given(st.binary(min_size=1, max_size=40))
def test_no_line_ends_the_source(text: bytes) -> None:
    """Any bytes are a reading or a reject."""
    for contract in CONTRACTS:
        assert foreign(contract)(Line(text, "file:1"))


@pytest.mark.parametrize(
    ("topic", "text", "says"),
    [
        ("avro.events", TABLE, "avro by a schema registry"),
        ("wrapped.events", TABLE, "json by a schema registry"),
        ("headed.events", TABLE, r"code in header\.kind"),
        ("t", 'version = 1\n[default]\nto = ["dead_letter"]', "version 1"),
        ("t", 'version = 2\n[message]\ncodes = "x"\n[default]\nto = ["dead_letter"]', "message.codes"),
        ("t", "version =", "cannot be read"),
    ],
)
def test_a_table_that_lines_cannot_have_is_refused(tmp_path: Path, topic: str, text: str, says: str) -> None:
    """At the start, with what to do instead."""
    with pytest.raises(ContractError, match=says):
        contract_of(table(tmp_path, text), topic)
    with pytest.raises(ContractError, match="cannot be read"):
        contract_of(tmp_path / "none.toml", topic)


@pytest.mark.robustness("lines that are no readings")
@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_is_no_date_in_utc_is_no_time(time: str) -> None:
    """The line goes as it is, as fast as the rate allows; it does not end the worker."""
    line = b'{"a": "BRA1", "b": "%b"}' % time.encode()
    found = foreign(CONTRACTS[2])(Line(line, "a:0"))
    assert found == (Reading(0, "BRA1", "", payload=line), None)

"""How Lambda's runtime client parses events."""

import json
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.event_json import RawRecord
from comboio.contract.record import partitions
from dispatcher.runtime_parser import CLIENT, EventParser, parse_events_fast

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


class LambdaMarshaller:
    """As the client's: refuses what is no JSON, and gives other content as it is."""

    def unmarshal_request(self, request: Any, content_type: str = "application/json") -> Any:
        if content_type != "application/json":
            return request
        raise ValueError("the client's own error")

    def marshal_response(self, response: Any) -> tuple[str, str]:
        return json.dumps(response), "application/json"


def _client(marshaller: object) -> tuple[ModuleType, type]:
    module = ModuleType(CLIENT)
    client = type("LambdaRuntimeClient", (), {"marshaller": marshaller})
    module.__dict__["LambdaRuntimeClient"] = client
    return module, client


def test_the_clients_marshaller_is_replaced_and_its_answers_are_not() -> None:
    """An event is parsed here; responses are written by whoever wrote them before."""
    module, client = _client(LambdaMarshaller())
    assert parse_events_fast({CLIENT: module})
    marshaller = client().marshaller
    assert marshaller.unmarshal_request(b'{"records": {"t-0": [1, 2.5, "\\u00e9", null]}}') == {
        "records": {"t-0": [1, 2.5, "é", None]}
    }
    assert marshaller.marshal_response({"batchItemFailures": []}) == ('{"batchItemFailures": []}', "application/json")


@given(JSON, st.booleans())
def test_an_event_says_what_it_would_say_to_python(event: Any, ascii_only: bool) -> None:
    """Whatever JSON an event is, it is parsed to the same values and types as by Python's own parser."""
    text = json.dumps(event, ensure_ascii=ascii_only).encode()
    assert repr(EventParser(LambdaMarshaller()).unmarshal_request(text)) == repr(json.loads(text))


def _batch(*values: str) -> bytes:
    """Return an event with a record of each value."""
    records = [{"topic": "t", "partition": 0, "offset": offset, "value": value} for offset, value in enumerate(values)]
    return json.dumps({"eventSource": "aws:kafka", "records": {"t-0": records}}).encode()


def test_a_batch_is_parsed_straight_into_its_records() -> None:
    """What Lambda sends all day takes the short way, and its values are bytes already."""
    event = EventParser(LambdaMarshaller()).unmarshal_request(_batch("QUE="))
    assert [type(raw) for raw in event["records"]["t-0"]] == [RawRecord]
    assert event["records"]["t-0"][0].value == b"AA"


def test_a_record_that_breaks_the_form_takes_no_other_with_it() -> None:
    """A batch with a value that is no base64 is parsed all the same, and only that record has a flaw."""
    event = EventParser(LambdaMarshaller()).unmarshal_request(_batch("QUE=", "not base64", "QUI="))
    ((_, records),) = partitions(event)
    assert [(record.value, record.flaw is not None) for record in records] == [
        (b"AA", False),
        (b"not base64", True),
        (b"AB", False),
    ]


LIMITS = ["-0", "-0.0", "1E5", "1e400", "5e-324", "NaN", "-Infinity", "123456789012345678901234567890"]
DEEP = "[" * 400 + "]" * 400
TEXTS = ['{"a":1,"a":2}', '"\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', "\ufeff1", " 1 "]


@pytest.mark.parametrize("text", [*LIMITS, DEEP, *TEXTS])
def test_what_json_leaves_open_is_read_as_python_reads_it(text: str) -> None:
    """Limits, constants, repeated names and half characters are no other value than before."""
    parsed = EventParser(LambdaMarshaller()).unmarshal_request(text.encode())
    assert repr(parsed) == repr(json.loads(text.encode()))


@pytest.mark.parametrize("request_body", [b"{", b"", b"\xff\xfe\xfd", b"[" * 100_000])
def test_what_is_no_json_gets_the_clients_own_error(request_body: bytes) -> None:
    """The platform sees what it would have seen."""
    with pytest.raises(ValueError, match="the client's own error"):
        EventParser(LambdaMarshaller()).unmarshal_request(request_body)


def test_other_content_is_the_clients_business() -> None:
    """It is not parsed."""
    assert EventParser(LambdaMarshaller()).unmarshal_request(b"{}", "application/octet-stream") == b"{}"


@pytest.mark.parametrize("marshaller", [SimpleNamespace(), None])
def test_a_marshaller_that_is_not_the_clients_is_kept(marshaller: object) -> None:
    """A layer of the user's may have put its own there, and a later client may have none."""
    module, client = _client(marshaller)
    assert not parse_events_fast({CLIENT: module})
    assert client().marshaller is marshaller


def test_outside_lambda_nothing_happens() -> None:
    """The consumer, a test and the local stack have no such client."""
    assert not parse_events_fast({})
    assert not parse_events_fast({CLIENT: ModuleType(CLIENT)})

"""How an event's JSON is parsed straight into what is read of it."""

import base64
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from comboio.contract.event_json import RawRecord, parse_event
from comboio.contract.record import MalformedEventError, Record, partitions
from comboio.contract.redispatch import event_text
from local.tool import ROOT

EVENTS = ROOT / "events"
NAME = "mt-c400-3"
TEXT = st.text(max_size=8)
BASE64 = st.binary(max_size=12).map(lambda data: base64.b64encode(data).decode())
DATA = st.none() | BASE64 | TEXT | st.text("ABcz019+/=-_ \n", max_size=8)
NUMBER = st.integers() | st.integers(0, 2**63) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
SIGNED = st.lists(st.integers(-128, 255), max_size=4)
HEADERS = st.lists(st.dictionaries(st.sampled_from(["correlation_id", "h", "é"]), SIGNED, max_size=2), max_size=3)
ODD_HEADERS = st.none() | TEXT | st.lists(TEXT | st.dictionaries(TEXT, TEXT | st.lists(TEXT | st.none())), max_size=2)
RECORD = st.fixed_dictionaries(
    {},
    optional={
        "topic": st.just("mt-c400") | TEXT,
        "partition": st.just(3) | NUMBER,
        "offset": st.integers(0, 99) | NUMBER,
        "timestamp": st.integers(0, 2**42) | NUMBER | TEXT | st.none(),
        "timestampType": TEXT,
        "key": DATA,
        "value": DATA,
        "headers": HEADERS | ODD_HEADERS,
        "valueSchemaMetadata": st.none() | st.dictionaries(TEXT, TEXT, max_size=1),
    },
)
WELL_MADE = st.fixed_dictionaries(
    {
        "topic": st.just("mt-c400"),
        "partition": st.just(3),
        "offset": st.integers(0, 99),
        "timestamp": st.integers(-1, 2**42),
        "timestampType": st.just("CREATE_TIME"),
        "headers": HEADERS,
    },
    optional={"key": st.none() | BASE64, "value": st.none() | BASE64},
)
ARN = st.just("arn:aws:kafka:us-east-1:123456789012:cluster/c/1") | TEXT | st.none()


def event_of(records: Any, **fields: Any) -> dict[str, Any]:
    """Return an event with these records of one partition."""
    return {"eventSource": "aws:kafka", "records": {NAME: records}, **fields}


def seen(event: Any) -> Any:
    """Return all that the system sees of an event, or that it refuses the event."""
    try:
        return [(name, [_facts(record) for record in records]) for name, records in partitions(event)]
    except MalformedEventError as error:
        return f"refused: {error}"


def _facts(record: Record) -> tuple[Any, ...]:
    asked = [record.header(name) for name in ("correlation_id", "h", "é")]
    return (record.id, record.key, record.value, record.flaw, record.cluster, record.headers(), asked)


def agree(text: bytes) -> bool:
    """Check that a text says the same here as to Python's own parser; return whether it is taken here at all."""
    try:
        parsed = parse_event(text)
    except (ValueError, RecursionError):
        return False
    assert seen(parsed) == seen(json.loads(text))
    return True


@given(st.lists(WELL_MADE, max_size=4), ARN, st.booleans())
def test_what_lambda_writes_is_taken_and_says_the_same(records: list[Any], arn: Any, ascii_only: bool) -> None:
    """No record that is made as Lambda makes them needs the slower parser, and each is the same by both."""
    event = event_of(records, eventSourceArn=arn, bootstrapServers="b-2:9092,b-1:9092")
    assert agree(json.dumps(event, ensure_ascii=ascii_only).encode())


@given(st.lists(RECORD | st.none() | TEXT, max_size=3), ARN, st.booleans())
@example([{"topic": "mt-c400", "partition": 3, "offset": 7.0}], None, True)
@example([{"topic": "mt-c400", "partition": 3.0, "offset": 7}], None, True)
@example([{"topic": "mt-c400", "partition": 3, "offset": 2**63}], None, True)
@example([{"topic": "mt-c400", "partition": 3, "offset": 7, "timestamp": 2**64}], None, True)
@example([{"topic": "mt-c400", "partition": 3, "offset": 7, "value": "QQ"}], None, True)
@example([{"topic": "mt-c400", "partition": 3, "offset": 7, "value": "QR=="}], None, True)
@example([{"topic": "mt-c400", "partition": 3, "offset": 7, "value": "-_8="}], None, True)
@example([{"topic": "mt-c400", "partition": 3, "offset": 7, "value": "QU\nE="}], None, True)
@example([{"topic": "mt-c400", "partition": 3, "offset": 7, "headers": [{"h": [300]}, {"h": [-200]}]}], None, True)
def test_what_is_taken_says_the_same_however_odd(records: list[Any], arn: Any, ascii_only: bool) -> None:
    """A record that is taken here has the identity, the bytes, the flaw and the headers that any parser finds in it."""
    agree(json.dumps(event_of(records, eventSourceArn=arn), ensure_ascii=ascii_only).encode())


RECORD_TEXT = '{"topic":"mt-c400","partition":3,"offset":7'
WRITTEN = [
    '"offset":8}',  # a name twice: the last counts
    '"\\u006fffset":9}',
    '"offset":1e2}',
    '"offset":-0}',
    '"offset":07}',
    '"offset":1' + "0" * 5_000 + "}",
    '"timestamp":-0.0}',
    '"timestamp":1E5}',
    '"x":NaN}',
    '"x":1e999}',
    '"x":"\\ud800"}',
    '"headers":[{"h":[49],"h":[50]}]}',
    '"headers":[{"\\u0068":[49]}]}',
    '"headers":[NaN]}',
    '"headers":{}}',
    '"headers":[{"h":[49.0]}]}',
    '"headers":[{"h":[true]}]}',
    '"headers":[{"h":[null]}]}',
    '"value":"\\u0051UE="}',
    '"value":"QUE\\u003d"}',
    '"value":"QUE="} ',
    '"value":""}',
    '"value":"==="}',
    '"cluster":"x","source":"y","flaw":"z","_id":"w","raw_headers":[1]}',
    '"x":' + "[" * 400 + "]" * 400 + "}",
]


@pytest.mark.parametrize("rest", WRITTEN)
def test_a_text_says_the_same_however_it_is_written(rest: str) -> None:
    """Names twice, escapes, large numbers, and names that only the system itself uses make no other record."""
    agree(f'{{"eventSource":"aws:kafka","records":{{"{NAME}":[{RECORD_TEXT},{rest}]}}}}'.encode())


@pytest.mark.parametrize(
    "text",
    [
        f'{{"records":{{"{NAME}":[{RECORD_TEXT}}}]}},"records":{{"t-0":[]}},"eventSource":"aws:kafka"}}',
        f'{{"eventSource":"aws:kafka","records":{{"{NAME}":[],"{NAME}":[{RECORD_TEXT}}}]}}}}',
        f'{{"eventSource":"aws:sqs","eventSource":"SelfManagedKafka","records":{{"{NAME}":[{RECORD_TEXT}}}]}}}}',
        f'{{"eventSourceArn":"a","eventSourceArn":null,"eventSource":"aws:kafka","records":{{"{NAME}":[]}}}}',
    ],
)
def test_of_names_that_stand_twice_the_last_counts(text: str) -> None:
    """As for any other parser, in an event and among its partitions too."""
    agree(text.encode())


ELSEWHERE = [event_text([]), event_text([]).replace("{", '{"records":{},', 1), '{"eventSource":"aws:sqs","records":{}}']
NO_EVENT = ["{}", "[]", "null", '{"eventSource":"aws:kafka"}', "", "{", "[" * 100_000, "\xff"]


@pytest.mark.parametrize("text", [*ELSEWHERE, *NO_EVENT])
def test_what_is_no_batch_of_records_is_left_to_others(text: str) -> None:
    """A redispatch, an event of another service and what is no JSON are not taken for a batch."""
    with pytest.raises((ValueError, RecursionError)):
        parse_event(text.encode("latin-1"))


def test_the_recorded_events_are_taken() -> None:
    """What a mapping has sent is parsed straight, but for the one whose value is made without base64."""
    taken = {path.name: agree(path.read_bytes()) for path in EVENTS.glob("*.json")}
    assert len(taken) > 5
    assert [name for name, was in taken.items() if not was] == ["other-pollers.json"]


def test_one_odd_record_of_a_batch_does_not_change_what_the_others_say() -> None:
    """A batch that is not taken for one record's sake is refused as a whole here, for the caller to parse again."""
    odd = event_of([{"topic": "mt-c400", "partition": 3, "offset": 7, "value": "not base64"}])
    with pytest.raises(ValueError, match="base64"):
        parse_event(json.dumps(odd).encode())


def test_no_message_stands_in_what_is_printed_of_a_record() -> None:
    """A record that finds its way into a log says where it stands, and not what it holds."""
    record = RawRecord("mt-c400", 3, 7, None, b"the key", b"the secret", [{"h": [115]}])
    assert repr(record) == "RawRecord('mt-c400', 3, 7)"

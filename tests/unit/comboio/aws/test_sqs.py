"""Batches of SQS: what is written, and how partial answers are read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.aws.http import Answer
from comboio.aws.json_api import SQS, JsonApi
from comboio.aws.sigv4 import Credentials
from comboio.aws.sqs import (
    MAX_BYTES,
    MAX_ENTRIES,
    UNANSWERED,
    EntryFailure,
    QueueCalls,
    attributes_size,
    batches,
    failures,
    message_text,
    sized_message,
)

TEXTS = st.text(st.characters(), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Id", "Code"]), inner, max_size=3),
)


class Http:
    """Answers each call with an empty object, and keeps what was posted."""

    host = "sqs"

    def __init__(self) -> None:
        self.posted: list[tuple[str, Any]] = []

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        self.posted.append((headers["x-amz-target"], json.loads(body)))
        return Answer(200, b"{}")


def calls(http: Http) -> QueueCalls:
    """Return the calls of a queue that `http` answers for."""
    return QueueCalls('https://sqs/"q"', JsonApi(SQS, "us-east-1", lambda: Credentials("A", "s"), http))


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@given(st.lists(st.tuples(TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=3)), max_size=10))
def test_a_message_arrives_as_it_was_whatever_its_characters(messages: list[tuple[str, dict[str, str]]]) -> None:
    """No body, attribute name or attribute value can add to an entry, or become another one's."""
    http = Http()
    calls(http).send([message_text(body, attributes.items()) for body, attributes in messages])
    ((_, request),) = http.posted
    assert request == {
        "QueueUrl": 'https://sqs/"q"',
        "Entries": [
            {
                "Id": str(number),
                "MessageBody": body,
                "MessageAttributes": {
                    name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
                },
            }
            for number, (body, attributes) in enumerate(messages)
        ],
    }


@given(st.lists(TEXTS, min_size=1, max_size=10))
def test_a_receipt_handle_is_only_a_handle(handles: list[str]) -> None:
    """Whatever a handle's text is, the call names that handle and no other field."""
    http = Http()
    calls(http).delete(handles)
    calls(http).make_visible(handles)
    (_, deleted), (_, shown) = http.posted
    assert deleted["Entries"] == [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(handles)]
    assert shown["Entries"] == [
        {"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": 0} for n, handle in enumerate(handles)
    ]


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
def test_a_partial_answer_is_read_entry_by_entry() -> None:
    """An entry is done where the answer says so; a failure has its code; one that is not named is unanswered."""
    answer = {
        "Successful": [{"Id": "0"}, {"Id": "2"}],
        "Failed": [{"Id": "1", "Code": "X", "Message": "no", "SenderFault": True}, {"Id": "2", "Code": "Y"}],
    }
    assert failures(answer, 4) == [
        None,
        EntryFailure("X", "no", senders_fault=True),
        EntryFailure("Y", "", senders_fault=False),
        UNANSWERED,
    ]


@pytest.mark.robustness("answers that say too little, too much or nonsense of an entry")
@given(st.fixed_dictionaries({}, optional={"Successful": JSON, "Failed": JSON}), st.integers(0, 10))
def test_no_answer_can_break_its_reader(answer: dict[str, Any], entries: int) -> None:
    """Whatever an answer is, each entry gets a result, and none counts as done unless its own id is named."""
    found = failures(answer, entries)
    assert len(found) == entries
    named = answer.get("Successful")
    ids = {str(each.get("Id")) for each in named if isinstance(each, dict)} if isinstance(named, list) else set()
    assert {str(place) for place, failure in enumerate(found) if failure is None} <= ids


@given(st.text(), st.lists(st.tuples(st.sampled_from(["deduplication_id", "é"]), st.text()), max_size=3))
def test_a_message_is_as_large_as_its_parts(body: str, attributes: list[tuple[str, str]]) -> None:
    """What is written of a message is what its size counts: its body, and each attribute, in UTF-8."""
    text, size = sized_message(body, attributes)
    written = json.loads(f"{{{text}}}")
    assert written["MessageBody"] == body and text == message_text(body, attributes)
    counted = sum(len(f"{name}String{value}".encode("utf-8", "surrogatepass")) for name, value in attributes)
    assert size == len(body.encode("utf-8", "surrogatepass")) + counted
    assert {name: each["StringValue"] for name, each in written["MessageAttributes"].items()} == dict(attributes)


@given(st.lists(st.tuples(st.integers(), st.integers(0, MAX_BYTES)), max_size=40))
def test_batches_keep_to_the_limits_of_a_call(sized: list[tuple[int, int]]) -> None:
    """All entries are in a batch, in order, and no batch has too many entries or bytes."""
    sizes = list(batches(((entry, size), size) for entry, size in sized))
    assert [each for batch in sizes for each in batch] == sized
    assert all(len(batch) <= MAX_ENTRIES and sum(size for _, size in batch) <= MAX_BYTES for batch in sizes)


@pytest.mark.parametrize(("text", "size"), [("", 10), ("abc", 13), ("é", 12)])
def test_an_attribute_counts_with_its_name_and_type(text: str, size: int) -> None:
    """The size of an attribute is that of its name, its type and its value in UTF-8."""
    assert attributes_size([("name", text)]) == size

"""A receiver reads the messages of every form that a destination sends."""

import gzip
import json
from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.unpack import MAX_INFLATED, Message, UnreadableError, read

ONE = {"id": "t-0:1", "correlation_id": "c", "traceparent": "00-a", "message": {"codigo": 300}}
MESSAGE = Message("t-0:1", "c", "00-a", {"codigo": 300})
PACK = {"comboio_pack": 1, "messages": [ONE, ONE]}
BARE = Message(None, None, None, {"codigo": 300})


def compressed(pack: object, data: bytes = b"") -> str:
    """Return a pack that was compressed, as any program might write it."""
    data = data or gzip.compress(json.dumps(pack).encode())
    return json.dumps({"comboio_pack": 2, "gzip": b64encode(data).decode()})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (json.dumps(ONE), [MESSAGE]),
        (compressed(PACK), [MESSAGE] * 2),
        (json.loads(compressed(PACK)), [MESSAGE] * 2),
        (f"[{compressed(PACK)},{json.dumps(ONE)}]".encode(), [MESSAGE] * 3),
        ({"detail-type": "telemetry", "source": "c", "detail": json.loads(compressed(PACK))}, [MESSAGE] * 2),
        (json.dumps(ONE).encode(), [MESSAGE]),
        (ONE, [MESSAGE]),
        (json.dumps([ONE, ONE]), [MESSAGE] * 2),
        (json.dumps(PACK), [MESSAGE] * 2),
        (PACK, [MESSAGE] * 2),
        (json.dumps([PACK, ONE]), [MESSAGE] * 3),
        (f"{json.dumps(ONE)}\n{json.dumps(ONE)}\n", [MESSAGE] * 2),
        (json.dumps(ONE) * 3, [MESSAGE] * 3),
        ({"detail-type": "telemetry", "source": "comboio", "detail": PACK}, [MESSAGE] * 2),
        ('{"codigo":300}', [BARE]),
        ({"codigo": 300}, [BARE]),
        (
            '{"id":"7","message":"own","codigo":300}',
            [BARE._replace(message={"id": "7", "message": "own", "codigo": 300})],
        ),
        ('{"comboio_pack":1,"messages":[]}', []),
    ],
    ids=range(18),
)
def test_every_form_is_read(body: str, expected: list[Message]) -> None:
    """Whichever service delivered it, the messages come out with their ids."""
    assert list(read(body)) == expected


_LOOKS_LIKE = [
    [{"codigo": 300}, {"codigo": 301}],
    [],
    42,
    "text",
    None,
    {"id": "A-1", "message": "of the sender"},
    {"detail-type": "trip", "source": "fleet", "detail": {"codigo": 300}},
    {"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": "hello"},
    {"comboio_pack": 1, "messages": []},
]
"""Payloads that look like an envelope, like several messages, or like none."""


@pytest.mark.parametrize("payload", _LOOKS_LIKE, ids=range(len(_LOOKS_LIKE)))
def test_a_payload_with_its_ids_beside_it_is_one_message_whatever_it_looks_like(payload: object) -> None:
    """The payload of SQS and SNS goes out byte for byte, and a receiver gets all of it, under the record's own id."""
    record = "3f9a1c2b7d/mt-c400-3:1042@1764080000000"
    body, beside = json.dumps(payload), {"Type": "String", "Value": record}
    in_sns = {"Type": "Notification", "TopicArn": "arn", "Message": body}
    expected = [Message(record, None, None, payload)]
    assert list(read(body, {"deduplication_id": {"StringValue": record}})) == expected
    assert list(read(json.dumps({**in_sns, "MessageAttributes": {"deduplication_id": beside}}))) == expected


@pytest.mark.parametrize("value", ["StringValue", "stringValue", "Value"])
def test_a_plain_payload_has_its_ids_in_attributes(value: str) -> None:
    """Attributes are read as the SQS API, a Lambda event and SNS write them."""
    names = {"deduplication_id": "t-0:1", "correlation_id": "c", "traceparent": "00-a"}
    attributes = {name: {value: text, "dataType": "String"} for name, text in names.items()}
    assert list(read('{"codigo":300}', attributes)) == [MESSAGE]


def test_a_notification_of_sns_is_opened() -> None:
    """The attributes inside an SNS notification are those of its message."""
    attributes = {"deduplication_id": {"Type": "String", "Value": "t-0:1"}}
    envelope = {"Type": "Notification", "TopicArn": "arn", "Message": '{"codigo":300}', "MessageAttributes": attributes}
    assert list(read(json.dumps(envelope))) == [BARE._replace(id="t-0:1")]


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n",
        "SECRET",
        b"\xffSECRET",
        '{"SECRET"',
        '"SECRET"',
        "3",
        '[["SECRET"], 3]',
        '{"comboio_pack":2,"messages":[]}',
        '{"comboio_pack":1}',
        '{"comboio_pack":1,"messages":["SECRET"]}',
        '{"comboio_pack":1,"messages":7}',
        "[" * 100_000,
    ],
    ids=range(13),
)
def test_what_cannot_be_read_is_one_error(body: str | bytes) -> None:
    """A body of nobody's, broken or of a later version is one clear error, and is not quoted."""
    with pytest.raises(UnreadableError) as raised:
        read(body)
    assert "SECRET" not in str(raised.value)


@pytest.mark.robustness("input of any shape")
@given(st.text() | st.binary() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_anything_else_is_never_another_error(body: str | bytes) -> None:
    """Any text or bytes are read, or refused in the one way."""
    with suppress(UnreadableError):
        list(read(body))


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize(
    "body",
    [
        compressed(None, b"no gzip"),
        compressed(None, gzip.compress(json.dumps(PACK).encode())[:-9]),
        compressed(None, gzip.compress(b" " * MAX_INFLATED + b"{}")),
        compressed(None, gzip.compress(b"\xff")),
        compressed(ONE),
        compressed([PACK]),
        compressed(json.loads(compressed(PACK))),
        compressed({"comboio_pack": 3}),
        '{"comboio_pack":2}',
        '{"comboio_pack":2,"gzip":"!"}',
        '{"comboio_pack":2,"gzip":7}',
    ],
    ids=range(11),
)
def test_a_pack_that_cannot_be_inflated_is_one_error(body: str) -> None:
    """Cut off, a bomb, no gzip, or not a pack inside: nothing of it is yielded."""
    with pytest.raises(UnreadableError):
        read(body)

"""A hold message brings back what was put into it, byte for byte, and is never larger than SQS takes."""

import json
import os
import zlib
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.hold import (
    MOST_BODY_BYTES,
    MOST_INFLATED_BYTES,
    MOST_RECORDS,
    ForeignHoldMessageError,
    HeldRecord,
    HoldMessage,
    groups_of,
    hold_group,
    in_messages,
)
from comboio.contract.record import Record

CLUSTER = "arn:aws:kafka:us-east-1:1:cluster/c/1"


def held(offset: int, value: bytes | None = b"{}", key: bytes | None = b"k", **changed: Any) -> HeldRecord:
    """Return a record of partition 3 of mt-c400, held once."""
    record = Record(
        CLUSTER, "mt-c400-3", "mt-c400", 3, offset, 1_795_359_600_000, key, value, changed.pop("headers", [])
    )
    fields = {"route": "r", "attempts": 1, "since": 5, "correlation_id": "c", "event_id": "e", "traceparent": None}
    fields["served"] = ("b",)
    return HeldRecord(record, **{**fields, **changed})


HELD = st.builds(
    held,
    st.integers(0, 2**53),
    value=st.none() | st.binary(max_size=60),
    key=st.none() | st.binary(max_size=20),
    headers=st.lists(st.dictionaries(st.text(max_size=5), st.binary(max_size=5).map(list), min_size=1, max_size=1)),
    attempts=st.integers(0, 9),
    correlation_id=st.text(max_size=9),
    traceparent=st.none() | st.just("00-1-2-01"),
)


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@given(st.lists(HELD, min_size=1, max_size=6), st.booleans(), st.from_regex(r"[a-z][a-z0-9_-]{0,47}", fullmatch=True))
def test_what_is_written_is_read(records: list[HeldRecord], ordered: bool, destination: str) -> None:
    """Every record comes back with its bytes, its identity and how far it is; the token is the same."""
    message = HoldMessage(destination, ordered, tuple(records))
    found = HoldMessage.from_body(message.to_body())
    assert (found.destination, found.ordered, found.token) == (destination, ordered, message.token)
    for before, after in zip(records, found.records, strict=True):
        assert after._replace(record=before.record) == before
        assert (after.record.id, after.record.key, after.record.value) == (
            before.record.id,
            before.record.key,
            before.record.value,
        )
        assert after.record.headers() == before.record.headers()


@pytest.mark.parametrize("after", ["", "token-of-the-one-before"])
def test_what_a_message_goes_behind_is_read_as_it_was_written(after: str) -> None:
    """Empty where it is the first of its group that anybody knows of."""
    assert HoldMessage.from_body(HoldMessage("a", True, (held(1),), after).to_body()).after == after


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_messages_are_bounded_whatever_is_in_them() -> None:
    """Records that cannot be compressed, and thousands of small ones, are cut into messages that SQS takes."""
    noise = [held(offset, os.urandom(200_000)) for offset in range(12)]
    small = [held(offset) for offset in range(3 * MOST_RECORDS)]
    keys = [held(offset, b"", os.urandom(150_000)) for offset in range(12)]
    headers = [held(offset, None, None, headers=[{"h": list(os.urandom(60_000))}]) for offset in range(12)]
    for records in (noise, small, keys, headers):
        messages = in_messages("a", records, ordered=True)
        assert all(len(message.to_body()) <= MOST_BODY_BYTES for message in messages)
        assert all(len(message.records) <= MOST_RECORDS for message in messages)
        assert [one.record.offset for message in messages for one in message.records] == list(range(len(records)))


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize(
    ("values", "too_large"),
    [
        ([b"{}"], [False]),
        ([bytes(2_000_000)], [False]),  # compressed it is a few KB
        ([os.urandom(800_000)], [True]),
        ([b"{}", os.urandom(800_000), b"{}"], [False, True, False]),
        ([os.urandom(400_000)] * 2, [False, False]),
    ],
    ids=["small", "compressed", "random", "between", "two"],
)
def test_only_a_record_that_fits_no_message_is_too_large(values: list[bytes], too_large: list[bool]) -> None:
    """It has a message of its own, and what is beside it goes; it is one that SQS refuses, and all others are none."""
    messages = in_messages("q", [held(offset, value) for offset, value in enumerate(values)], ordered=True)
    assert [message.too_large for message in messages] == too_large
    assert [len(message.to_body()) > MOST_BODY_BYTES for message in messages] == too_large


def test_a_message_of_another_version_has_the_same_token_and_group() -> None:
    """Both stand in ledgers, in the table and in the queue: computed in another way, what an earlier version wrote
    would never count as drained, or would be overtaken."""
    records = (held(1), held(2))
    message, behind = HoldMessage("a", True, records), HoldMessage("a", False, records, "m0")
    assert (message.token, behind.token) == ("956d1ced9db90bb62c66854b", "67b9cf11b8d0601c0abf5721")
    assert (message.group, behind.group) == (
        "ordered-31c30221a77ef5b19cfd4e0e115ec0a4",
        "loose-31c30221a77ef5b19cfd4e0e115ec0a4",
    )
    assert HoldMessage("a", True, (held(7),)).group == message.group, "of one record as of many"
    assert groups_of([message, behind, message]) == {message.group: [message, message], behind.group: [behind]}


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_telemetry_compresses_well() -> None:
    """2,000 messages of 200 bytes take less than 80 bytes each in the queue."""
    fields = {"event_id": "01JD-{0:08d}", "codigo": 301, "truck_id": "T-{0}", "occurred_at": "2026-11-22T15:00:00.123Z"}
    records = [held(n, (json.dumps(fields) + " " * 60).replace("{0}", str(n)).encode()) for n in range(2_000)]
    messages = in_messages("a", records, ordered=False)
    assert len(messages) == 2
    assert sum(len(message.to_body()) for message in messages) < 2_000 * 80


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_a_group_is_of_one_partition_and_one_destination() -> None:
    """Another cluster, partition, destination or order is another group, and a group's name fits SQS."""
    names = {
        hold_group(partition, destination, ordered=ordered)
        for partition in ("c1/t-0", "c2/t-0", "c1/t-1")
        for destination in ("a", "b")
        for ordered in (True, False)
    }
    assert len(names) == 12 and all(len(name) <= 128 for name in names)


def body(fields: object) -> str:
    """Return a body of some JSON."""
    return b64encode(zlib.compress(json.dumps(fields).encode())).decode()


GOOD = {
    "comboio_hold": 1,
    "destination": "a",
    "cluster": "",
    "topic": "t",
    "partition": 0,
    "ordered": True,
    "records": [[1, 2, None, "v", [], "r", 0, 0, "c", "e", None]],
}


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize(
    "bad",
    [
        "",
        "?",
        "aGk=",
        body([]),
        body({}),
        body({**GOOD, "comboio_hold": 2}),
        body({**GOOD, "records": []}),
        body({**GOOD, "records": [[1]]}),
        body({**GOOD, "records": [[-1, 2, None, "v", [], "r", 0, 0, "c", "e", None]]}),
        body({**GOOD, "records": [[1, 2, None, "\u20ac", [], "r", 0, 0, "c", "e", None]]}),
        body({**GOOD, "records": [[1, 2, None, "v", [5], "r", 0, 0, "c", "e", None]]}),
        body({**GOOD, "records": [[1, 2, None, "v", [], None, 0, 0, "c", "e", None]]}),
        body({**GOOD, "records": [[2**63, 2, None, "v", [], "r", 0, 0, "c", "e", None]]}),
        body({**GOOD, "records": [[1, 2**63, None, "v", [], "r", 0, 0, "c", "e", None]]}),
        body({**GOOD, "records": [[True, 2, None, "v", [], "r", 0, 0, "c", "e", None]]}),
        *(
            body({**GOOD, "records": [[1, 2, None, "v", [], "r", attempts, since, "c", "e", None]]})
            for attempts, since in ((-1, 0), (0, -1), (True, 0), (0, 1.5), ("0", 0))
        ),
        body(GOOD)[:8] + "\n" + body(GOOD)[8:],
        b64encode(zlib.compress(json.dumps(GOOD).encode())[:-4]).decode(),
        body({**GOOD, "partition": "0"}),
        body({**GOOD, "partition": 2**31}),
        body({**GOOD, "topic": "a topic"}),
        body({**GOOD, "cluster": "\ud800"}),
        body({**GOOD, "after": "\ud800"}),
        body({**GOOD, "after": 5}),
        body({**GOOD, "served": []}),
        body({**GOOD, "served": {"r": "b"}}),
        body({**GOOD, "served": {"r": [5]}}),
        body({**GOOD, "destination": None}),
        *(body({**GOOD, "destination": name}) for name in ("", "A", "a b", "a\n", "a" * 49, "1a")),
    ],
)
def test_what_is_no_hold_message_is_said_to_be_none(bad: str) -> None:
    """Damage, another version and other people's messages are one error, and raise nothing else."""
    assert HoldMessage.from_body(body(GOOD)).records
    with pytest.raises(ForeignHoldMessageError):
        HoldMessage.from_body(bad)


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@pytest.mark.parametrize("field", GOOD)
def test_no_error_quotes_what_stands_in_a_foreign_message(field: str) -> None:
    """Whoever wrote it, and whatever it says: its text is nobody's to read."""
    for wrong in ("s3cr3t", ["s3cr3t"], {"s3cr3t": "s3cr3t"}):
        try:
            HoldMessage.from_body(body({**GOOD, field: wrong}))
        except ForeignHoldMessageError as error:
            assert "s3cr3t" not in str(error)


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_a_message_that_would_fill_the_memory_is_foreign() -> None:
    """What is small in the queue and huge when it is read is not read to its end."""
    with pytest.raises(ForeignHoldMessageError, match="too large"):
        HoldMessage.from_body(b64encode(zlib.compress(bytes(MOST_INFLATED_BYTES + 1), 1)).decode())


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
@given(st.binary(max_size=60), st.text(max_size=30))
def test_any_bytes_are_read_or_foreign(data: bytes, text: str) -> None:
    """No body raises anything else."""
    for candidate in (text, b64encode(data).decode(), b64encode(zlib.compress(data)).decode()):
        with pytest.raises(ForeignHoldMessageError):
            HoldMessage.from_body(candidate)

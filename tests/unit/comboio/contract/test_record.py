"""How a mapping's event is read: nothing of it is lost, and no part of it stops another."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.dead_letter import DeadLetter
from comboio.contract.record import MalformedEventError, Record, octets, partitions
from tests.support import recorded_events


def raw(**changed: Any) -> dict[str, Any]:
    """One record of an event, good but for what is changed; None leaves a field out."""
    fields: dict[str, Any] = {
        "topic": "mt-c400",
        "partition": 3,
        "offset": 1042,
        "timestamp": 1_795_359_600_123,
        "timestampType": "CREATE_TIME",
        "key": base64.b64encode(b"300:T-1").decode(),
        "value": base64.b64encode(b"{}").decode(),
        "headers": [],
    }
    return fields | changed


def read(*records: dict[str, Any], name: str = "mt-c400-3") -> list[Record]:
    """Return the records of an event of one partition."""
    return dict(partitions({"eventSource": "aws:kafka", "records": {name: list(records)}}))[name]


def signed(data: bytes) -> list[int]:
    """Bytes as Java writes them."""
    return [byte - 256 if byte > 127 else byte for byte in data]


@pytest.mark.parametrize("source", ["aws:kafka", "SelfManagedKafka"])
def test_both_kinds_of_mapping_are_read(source: str) -> None:
    """A mapping on Amazon MSK and one on any other Kafka bring the same records."""
    ((name, (record,)),) = partitions({"eventSource": source, "records": {"mt-c400-3": [raw()]}})
    assert name == record.source == "mt-c400-3"
    assert (record.topic, record.partition, record.offset, record.timestamp) == ("mt-c400", 3, 1042, 1_795_359_600_123)
    assert (record.key, record.value, record.flaw) == (b"300:T-1", b"{}", None)
    assert record.position == "mt-c400-3:1042"


@pytest.mark.parametrize("name", recorded_events.NAMES)
def test_the_recorded_events_are_read(name: str) -> None:
    """Every record of the recorded events is there, under the mapping's own name of its partition."""
    event = recorded_events.event(name)
    found = {source: [record.offset for record in records] for source, records in partitions(event)}
    assert found == {source: [entry["offset"] for entry in group] for source, group in event["records"].items()}


@given(st.none() | st.binary(max_size=50), st.none() | st.binary(max_size=300))
def test_key_and_value_come_byte_for_byte(key: bytes | None, value: bytes | None) -> None:
    """Any bytes of a key or a value come through, and an empty one is not a missing one."""
    texts = {"key": key, "value": value}
    encoded = {name: None if data is None else base64.b64encode(data).decode() for name, data in texts.items()}
    (record,) = read(raw(**encoded))
    assert (record.key, record.value, record.flaw) == (key, value, None)


def test_a_left_out_field_is_as_good_as_a_null() -> None:
    """A mapping may leave out key, value, headers and timestamp."""
    (record,) = read({"topic": "t", "partition": 0, "offset": 0}, name="t-0")
    assert (record.key, record.value, record.headers(), record.timestamp) == (None, None, [], 0)


def test_a_topic_name_may_hold_dashes() -> None:
    """A partition's name is cut apart at its last dash only."""
    (record,) = read(raw(topic="a-b-1", partition=2), name="a-b-1-2")
    assert (record.topic, record.partition, record.position) == ("a-b-1", 2, "a-b-1-2:1042")


def test_large_records_are_read() -> None:
    """A value of 1 MB and a key of 10 KB are read as any other."""
    key, value = b"k" * 10_240, bytes(range(256)) * 4_096
    (record,) = read(raw(key=base64.b64encode(key).decode(), value=base64.b64encode(value).decode()))
    assert (record.key, record.value) == (key, value)


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("field", ["key", "value"])
@pytest.mark.parametrize("text", ["not base64!", "abc", "e30=!", "e30=e30=", "e30", "é", "\ud800", 5, [1], {"a": 1}])
def test_what_is_not_base64_is_kept_and_called_flawed(field: str, text: object) -> None:
    """Text that no encoder of bytes writes is not guessed at: the record is flawed, and the raw text is kept."""
    (bad, good) = read(raw(**{field: text}), raw(offset=2000))
    assert bad.flaw == f"the {field} is not base64"
    kept = bad.key if field == "key" else bad.value
    assert kept == str(text).encode("utf-8", "backslashreplace")
    assert good.flaw is None


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("timestamp", [None, "1795359600123", 1.5, [], True])
def test_a_timestamp_that_is_no_number_is_none(timestamp: object) -> None:
    """A timestamp that is no number becomes 0, and does not stop the record."""
    assert read(raw(timestamp=timestamp))[0].timestamp == 0


def test_records_come_in_offset_order() -> None:
    """Within a partition records are sorted by offset, whatever order the event has."""
    assert [record.offset for record in read(*(raw(offset=offset) for offset in (7, 3, 5)))] == [3, 5, 7]


@given(st.binary(max_size=60), st.booleans())
def test_header_bytes_come_back(data: bytes, as_java: bool) -> None:
    """Header bytes are the same whether they are written signed, as Java does, or unsigned."""
    assert octets(signed(data) if as_java else list(data)) == data


def test_of_repeated_headers_the_last_counts_and_all_are_kept() -> None:
    """`header` takes the last one of a name, and `headers` keeps every one in order."""
    (record,) = read(raw(headers=[{"a": signed(b"1")}, {"b": signed("é".encode())}, {"a": signed(b"2")}]))
    assert (record.header("a"), record.header("b"), record.header("c")) == ("2", "é", None)
    assert record.headers() == [("a", b"1"), ("b", "é".encode()), ("a", b"2")]


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("value", [None, 5, 10**12, "abc", [300], [-129], [1.5], ["a"], [None], {"a": 1}, [10**30]])
def test_a_header_without_sense_is_empty(value: object) -> None:
    """A header whose bytes are no bytes reads as absent, is kept as empty, and costs no memory."""
    (record,) = read(raw(headers=[{"h": value}, {"good": signed(b"1")}]))
    assert record.header("h") is None
    assert record.headers() == [("h", b""), ("good", b"1")]
    assert record.header("good") == "1"


@pytest.mark.robustness("input of any shape")
def test_a_header_that_is_not_text_is_absent_as_text() -> None:
    """Header bytes that are not UTF-8 are kept as bytes, and read as absent where text is asked for."""
    (record,) = read(raw(headers=[{"h": [-1, -2]}]))
    assert record.header("h") is None
    assert record.headers() == [("h", b"\xff\xfe")]


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("headers", [None, 5, "abc", {"a": [1]}, [None], [5], ["abc"], [[1]], [{}], True])
def test_headers_that_are_none_do_no_harm(headers: object) -> None:
    """Whatever stands where the list of headers should be, the record is read without them."""
    (record,) = read(raw(headers=headers))
    assert record.header("correlation_id") is None
    assert record.headers() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**13), 10**13) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.robustness("input of any shape")
@given(st.dictionaries(st.sampled_from(["key", "value", "headers"]), JSON))
def test_no_content_of_a_record_stops_the_others(odd: dict[str, Any]) -> None:
    """Whatever a record's key, value and headers are, it and its neighbours are read."""
    first, second = read(raw(offset=1, **odd), raw(offset=2))
    first.headers()
    first.header("a")
    assert (second.offset, second.flaw) == (2, None)


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("event", [{}, {"eventSource": "aws:sqs", "Records": []}, {"eventSource": "aws:kafka"}])
def test_an_event_of_another_service_is_refused(event: dict[str, Any]) -> None:
    """What is not a batch of Kafka records is refused with what came and what to check."""
    with pytest.raises(MalformedEventError, match=r"eventSource .*events/"):
        dict(partitions(event))


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("missing", ["topic", "partition", "offset"])
def test_a_record_without_identity_is_refused(missing: str) -> None:
    """A record that cannot be named in the response fails the event, since silence would count it as done."""
    nameless = raw()
    del nameless[missing]
    with pytest.raises(MalformedEventError, match="mt-c400-3"):
        read(raw(), nameless)


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("offset", [None, "7", 7.0, True, [7]])
def test_an_offset_is_an_integer(offset: object) -> None:
    """An offset of another type cannot be answered for."""
    with pytest.raises(MalformedEventError):
        read(raw(offset=offset))


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("group", [None, 5, [None], ["text"], [[]], {"a": 1}])
def test_a_group_that_holds_no_records_is_refused(group: object) -> None:
    """A partition that is not a list of records fails the event."""
    with pytest.raises(MalformedEventError):
        dict(partitions({"eventSource": "aws:kafka", "records": {"t-0": group}}))


@pytest.mark.parametrize(
    "name", ["", "t", "-0", "t-", "t-x", "t-03", "t--1", "a b-0", 't"-0', "é-0", "t-2147483648", "t" * 250 + "-0"]
)
def test_a_partition_s_name_is_a_topic_and_a_number(name: str) -> None:
    """A group whose name is no topic of Kafka and a number fails the event, since nothing can be answered for it."""
    with pytest.raises(MalformedEventError):
        read(raw(topic=name.rpartition("-")[0] or name, partition=0), name=name)


@pytest.mark.parametrize(
    "changed", [{"topic": "other"}, {"partition": 4}, {"partition": True}, {"partition": 3.0}, {"topic": None}]
)
def test_a_record_belongs_to_its_group(changed: dict[str, Any]) -> None:
    """A record that names another topic or partition than its group has two identities, and fails the event."""
    with pytest.raises(MalformedEventError, match="another topic or partition"):
        read(raw(**changed))


@pytest.mark.robustness("input of any shape")
@pytest.mark.parametrize("offset", [-1, 2**63, -(2**63)])
def test_an_offset_is_one_that_kafka_can_have(offset: int) -> None:
    """A negative offset, or one beyond 64 bits, fails the event instead of counting as done."""
    with pytest.raises(MalformedEventError, match="offset"):
        read(raw(offset=offset))


@pytest.mark.parametrize("arn", ["é", "a\x00", "x" * 5_000])
def test_a_cluster_s_name_is_plain(arn: str) -> None:
    """A cluster's name that no dead letter could carry fails the event."""
    with pytest.raises(MalformedEventError, match="eventSourceArn"):
        dict(partitions({"eventSource": "aws:kafka", "eventSourceArn": arn, "records": {"mt-c400-3": [raw()]}}))


@given(st.dictionaries(st.sampled_from(["key", "value", "headers", "timestamp"]), JSON), st.text("ab.-_", min_size=1))
def test_every_record_that_is_read_can_be_a_dead_letter(odd: dict[str, Any], topic: str) -> None:
    """What the dispatcher can write to the DLQ, the replayer can read."""
    (record,) = read(raw(topic=topic, partition=0, **odd), name=f"{topic}-0")
    letter = DeadLetter.of(
        record, reason="malformed", error="e", first_failure=1, last_failure=2, correlation_id=record.position
    )
    assert DeadLetter.from_json(letter.to_json()) == letter
    assert letter.id == f"{record.id}:0"
    assert letter.record().id == record.id

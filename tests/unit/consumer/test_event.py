import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.event import envelope_bytes, event, partition_bytes, ranges, records, serialise
from tests.support.kafka_records import record


class Sample:
    """A message with any content."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def __getattr__(self, name: str) -> Any:
        return lambda: self._content[name]


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
MESSAGES = st.fixed_dictionaries(
    {
        "topic": st.sampled_from(["mt-c400", "a.b_c-1"]),
        "partition": st.integers(0, 99),
        "offset": st.integers(0, 2**63 - 1),
        "timestamp": st.tuples(st.sampled_from([0, 1, 2]), st.integers(-1, 2**53)),
        "key": st.none() | st.binary(max_size=50),
        "value": st.none() | st.binary(max_size=300),
        "headers": st.none() | st.lists(st.tuples(TEXT, st.none() | st.binary(max_size=60)), max_size=5),
    }
)


@given(MESSAGES)
def test_every_byte_comes_back_from_the_event(content: dict[str, Any]) -> None:
    """Key, value and headers decode to what was sent: null stays null, order and repeats stay, bytes are signed."""
    (built,) = records([Sample(content)])
    body = built.body
    assert built.partition == f"{content['topic']}-{content['partition']}"
    for name in ("key", "value"):
        said = body[name]
        assert (None if said is None else base64.b64decode(said)) == content[name]
    expected = [(name, value or b"") for name, value in content["headers"] or []]
    pairs = [(name, value) for header in body["headers"] for name, value in header.items()]
    assert [(name, bytes(each & 0xFF for each in value)) for name, value in pairs] == expected
    assert all(-128 <= each <= 127 for _, value in pairs for each in value)
    assert body["timestampType"] == ["NO_TIMESTAMP_TYPE", "CREATE_TIME", "LOG_APPEND_TIME"][content["timestamp"][0]]


@given(st.lists(MESSAGES, max_size=10))
def test_the_size_bound_is_never_below_the_event(contents: list[dict[str, Any]]) -> None:
    """What batching counts is at least what goes over the wire."""
    built = records([Sample(content) for content in contents])
    size = envelope_bytes("b:9092") + sum(each.size for each in built)
    size += sum(partition_bytes(name) for name in {each.partition for each in built})
    assert len(serialise(event(built, "b:9092"))) <= size


def test_the_size_bound_is_close_for_telemetry() -> None:
    """A usual record is counted within a third of its true size, so that batches fill."""
    headers = [("correlation_id", b"0192f3a4-7b1c-7def-8abc-0123456789ab"), ("traceparent", b"00-0af7651916cd43dd-01")]
    content = {
        "topic": "mt-c400",
        "partition": 3,
        "offset": 123456,
        "timestamp": (1, 1795362476000),
        "key": b"300:T-000123",
        "value": b"x" * 200,
        "headers": headers,
    }
    (built,) = records([Sample(content)])
    assert built.size < 4 / 3 * len(serialise(built.body))


def test_the_event_is_lambdas_own() -> None:
    """Self-managed Kafka: no ARN, the brokers, and records by topic-partition in order."""
    batch = [record("t-0", 1), record("t-1", 5), record("t-0", 2)]
    assert event(batch, "b1:9092,b2:9092") == {
        "eventSource": "SelfManagedKafka",
        "bootstrapServers": "b1:9092,b2:9092",
        "records": {"t-0": [{"offset": 1}, {"offset": 2}], "t-1": [{"offset": 5}]},
    }


def test_a_header_name_that_is_not_utf8_does_not_cost_the_record() -> None:
    """The client cannot decode such a name; key and value go on without the headers."""

    class Broken(Sample):
        def headers(self) -> Any:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

    content = {"topic": "t", "partition": 0, "offset": 1, "timestamp": (1, 5), "key": None, "value": b"v"}
    (built,) = records([Broken(content)])
    assert built.body["headers"] == []
    assert built.body["value"] == "dg=="


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 99)), min_size=1, unique=True))
def test_ranges_are_first_and_last_offset(pairs: list[tuple[str, int]]) -> None:
    """For each partition, whatever the order."""
    found = ranges([record(partition, offset) for partition, offset in pairs])
    for partition, (first, last) in found.items():
        offsets = [offset for each, offset in pairs if each == partition]
        assert (first, last) == (min(offsets), max(offsets))


@pytest.mark.parametrize("content", [b"\x80" * 2000, b"\x7f" * 2000, b'"\\' * 1000])
def test_the_size_bound_holds_for_the_widest_header_bytes(content: bytes) -> None:
    """Each byte at its longest in decimal, -128 or 127, is counted; the rest of a record has too much slack to tell."""
    sample = {"topic": "t", "partition": 0, "offset": 1, "timestamp": (1, 5), "key": None, "value": content}
    (built,) = records([Sample({**sample, "headers": [("h", content)]})])
    assert len(serialise(built.body)) <= built.size

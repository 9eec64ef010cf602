"""The event has every byte of what Kafka had, in the shape that Lambda gives it."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.cluster import cluster_of
from consumer.event import (
    ConsumedRecord,
    EventSource,
    envelope_bytes,
    event,
    partition_bytes,
    ranges,
    records,
    serialise,
)
from tests.support.kafka_records import SOURCE, record


class Sample:
    """A message with any content."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._content = content

    def __getattr__(self, name: str) -> Any:
        return lambda: self._content[name]


def body_of(built: ConsumedRecord) -> dict[str, Any]:
    """Return the record's part of an event."""
    ((body,),) = event([built], SOURCE)["records"].values()
    return body  # type: ignore[no-any-return]


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
    ((body,),) = event([built], SOURCE)["records"].values()
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
    size = envelope_bytes(SOURCE) + sum(each.size for each in built)
    size += sum(partition_bytes(name) for name in {each.partition for each in built})
    assert len(serialise(event(built, SOURCE))) <= size


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
    assert built.size < 4 / 3 * len(serialise(body_of(built)))


def test_the_event_of_self_managed_kafka_is_lambdas_own() -> None:
    """The event names no ARN, but the bootstrap servers, and has the records by topic-partition in order."""
    said = event([record("t-0", 1), record("t-1", 5), record("t-0", 2)], EventSource("b1:9092,b2:9092"))
    assert (said["eventSource"], said["bootstrapServers"]) == ("SelfManagedKafka", "b1:9092,b2:9092")
    assert "eventSourceArn" not in said
    assert {name: [body["offset"] for body in bodies] for name, bodies in said["records"].items()} == {
        "t-0": [1, 2],
        "t-1": [5],
    }


def test_the_event_of_a_cluster_of_msk_names_its_arn() -> None:
    """The dispatcher reads the cluster's identity from the ARN."""
    arn = "arn:aws:kafka:sa-east-1:123456789012:cluster/c/0-1"
    said = event([record("t-0", 1)], EventSource("b:9098", arn))
    assert (said["eventSource"], said["eventSourceArn"]) == ("aws:kafka", arn)
    assert cluster_of(said) == arn


def test_each_event_is_built_anew() -> None:
    """What a function does to its event changes neither the record nor the next event of it."""
    batch = [record("t-0", 1)._replace(key=b"k", value=b"v", headers=[("h", b"\x01\xff")])]
    spoiled = event(batch, SOURCE)
    expected = json.dumps(spoiled)
    spoiled["records"]["t-0"][0]["headers"][0]["h"].clear()
    spoiled["records"]["t-0"][0]["value"] = None
    spoiled["records"].clear()
    assert json.dumps(event(batch, SOURCE)) == expected


def test_a_header_name_that_is_not_utf8_does_not_cost_the_record() -> None:
    """The client cannot decode such a name; key and value go on without the headers."""

    class Broken(Sample):
        def headers(self) -> Any:
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")

    content = {"topic": "t", "partition": 0, "offset": 1, "timestamp": (1, 5), "key": None, "value": b"v"}
    (built,) = records([Broken(content)])
    assert body_of(built)["headers"] == []
    assert body_of(built)["value"] == "dg=="


@given(st.lists(st.tuples(st.sampled_from(["a-0", "b-1"]), st.integers(0, 99)), min_size=1, unique=True))
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
    assert len(serialise(body_of(built))) <= built.size

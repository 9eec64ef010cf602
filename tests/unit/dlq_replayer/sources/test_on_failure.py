"""Batches that the mapping stopped retrying are read from their objects, record by record."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.contract.record import partitions
from dlq_replayer.sources.on_failure import OnFailureObjects
from dlq_replayer.sources.source import SourceError
from tests.support.on_failure import document
from tests.support.replayer import FakeBucket


def left(bucket: FakeBucket, key: str) -> list[int]:
    """Return the offsets that an object still has."""
    groups = json.loads(json.loads(bucket.objects[key])["payload"])["records"].values()
    return [raw["offset"] for group in groups for raw in group]


def test_every_record_becomes_a_letter() -> None:
    """Each record of a batch becomes a letter with the document's time and reason, and with its bytes as they were."""
    letters = OnFailureObjects(FakeBucket({"a/1": document([5, 6])}), "b", "a/").read(1)
    assert [each.dead.offset for each in letters] == [5, 6]
    first = letters[0].dead
    assert (first.reason, first.attempts, first.key, first.value) == ("given_up", 3, None, b"5")
    assert first.headers == (("h", b"\xc3"),)
    assert "RetriesExhausted" in first.error
    assert first.last_failure == letters[0].sent_at == 1_795_356_000_000


ARN = "arn:aws:kafka:us-east-1:1:cluster/c/1"


@pytest.mark.parametrize(
    ("payload", "info", "cluster"),
    [
        ({"eventSourceArn": ARN, "bootstrapServers": "b:1"}, {"eventSourceArn": "another"}, ARN),
        ({"bootstrapServers": "b:2, a:1"}, {"eventSourceArn": ARN}, "a:1;b:2"),
        ({}, {"eventSourceArn": ARN, "bootstrapServers": "b:1"}, ARN),
        ({}, {"bootstrapServers": "b:1"}, "b:1"),
        ({}, {"eventSourceArn": 5}, ""),
        ({}, "no object", ""),
    ],
    ids=range(6),
)
def test_a_letter_has_the_id_that_the_dispatcher_gives_the_record(payload: Any, info: Any, cluster: str) -> None:
    """The cluster is read from the batch's event as the dispatcher reads it, else from what the mapping says of it."""
    event = {**json.loads(json.loads(document([5]))["payload"]), **payload}
    given = document([5], payload=json.dumps(event), KafkaBatchInfo=info)
    (found,) = OnFailureObjects(FakeBucket({"a/1": given}), "b", "a/").read(1)
    assert found.dead.cluster == cluster
    ((_, (record,)),) = partitions({**event, "eventSourceArn": cluster})
    assert found.dead.id == f"{record.id}:0"


@given(st.sets(st.integers(0, 19)), st.integers(1, 20))
def test_an_object_keeps_what_was_not_removed(removed: set[int], size: int) -> None:
    """An object keeps the records that were not removed, in however many steps, and is deleted with the last one."""
    bucket = FakeBucket({"a/1": document(list(range(20)))})
    source = OnFailureObjects(bucket, "b", "a/")
    letters = source.read(100)
    gone = [each for each in letters if each.dead.offset in removed]
    for first in range(0, len(gone), size):
        assert source.remove(gone[first : first + size]) == 0
    if len(removed) == 20:
        assert bucket.objects == {}
    else:
        assert left(bucket, "a/1") == [offset for offset in range(20) if offset not in removed]


def test_objects_are_read_in_order_and_a_continuation_goes_on_behind() -> None:
    """Whole objects are read by key until there are enough records, and a continuation reads on behind the last one."""
    objects = {f"a/{number}": document([number]) for number in range(5)}
    source = OnFailureObjects(FakeBucket({**objects, "other": b""}), "b", "a/")
    assert [each.dead.offset for each in source.read(2)] == [0, 1]
    assert source.after == "a/1"
    again = OnFailureObjects(FakeBucket(objects), "b", "a/", after="a/1")
    assert [each.dead.offset for each in again.read(100)] == [2, 3, 4]
    assert again.read(100) == []


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        document([1], payload="{"),
        document([1], payload={"records": []}),
        document([1], payload=json.dumps({"eventSource": "x", "records": {}})),
        b"[" * 100_000,
    ],
    ids=range(8),
)
def test_an_object_that_is_no_such_document_is_foreign(content: bytes) -> None:
    """An object that is no document of a mapping is foreign, and the object behind it is read."""
    first, second = OnFailureObjects(FakeBucket({"a/1": content, "a/2": document([1])}), "b", "a/").read(10)
    assert (first.letter, bool(first.flaw), second.dead.offset) == (None, True, 1)


@pytest.mark.robustness("sources and targets that fail on the way")
def test_what_s3_does_not_write_is_still_there() -> None:
    """A record whose removal S3 did not write is counted as still there."""
    bucket = FakeBucket({"a/1": document([1, 2])})
    source = OnFailureObjects(bucket, "b", "a/")
    letters = source.read(10)
    bucket.refuses = "SlowDown"
    assert source.remove(letters[:1]) == 1
    assert left(bucket, "a/1") == [1, 2]


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize(
    ("code", "says"), [("NoSuchBucket", "There is no bucket b"), ("AccessDenied", "s3:GetObject"), ("X", "try again")]
)
def test_a_bucket_that_cannot_be_read_says_what_to_check(code: str, says: str) -> None:
    """The error for a bucket that cannot be read says what to check."""
    with pytest.raises(SourceError, match=says):
        OnFailureObjects(FakeBucket(refuses=code), "b", "a/").read(10)

"""The batches that the mapping gave up on are replayed whole, from the objects that it writes."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from consumer.event import ConsumedRecord, EventSource
from consumer.on_failure.document import document, object_key
from tests.integration.dlq_replayer.deployed_replayer import DeployedReplayer, letter

PREFIX = "aws/lambda/"


def record(offset: int) -> ConsumedRecord:
    """Return a consumed record of a good message."""
    dead = letter(offset)
    assert dead.key is not None
    assert dead.value is not None
    return ConsumedRecord(
        f"{dead.topic}-{dead.partition}",
        offset,
        dead.timestamp,
        300,
        dead.topic,
        dead.partition,
        "CREATE_TIME",
        dead.key,
        dead.value,
        [("correlation_id", b"c-%d" % offset)],
    )


def give_up(deployed: DeployedReplayer, offsets: range, condition: str, change: Any = lambda found: found) -> str:
    """Write a batch as the mapping does; return the object's key."""
    text = document(
        [record(offset) for offset in offsets],
        EventSource("b-1:9098"),
        request_id="r",
        function_arn="arn:aws:lambda:us-east-1:000000000000:function:dispatcher",
        condition=condition,
        attempts=10,
        function_error="Unhandled",
        at=datetime.now(UTC),
    )
    key = PREFIX + object_key(UUID(int=1), datetime.now(UTC), UUID(int=offsets.start)).removeprefix(PREFIX)
    deployed.s3.put_object(Bucket=deployed.bucket, Key=key, Body=json.dumps(change(json.loads(text))).encode())
    return key


def offsets_as_text(found: dict[str, Any]) -> dict[str, Any]:
    """Return the payload's offsets as strings, as those of `KafkaBatchInfo` are."""
    payload = json.loads(found["payload"])
    for group in payload["records"].values():
        for raw in group:
            raw["offset"] = str(raw["offset"])
    return {**found, "payload": json.dumps(payload)}


def objects(deployed: DeployedReplayer) -> list[str]:
    """Return the keys in the bucket."""
    return [found["Key"] for found in deployed.s3.list_objects_v2(Bucket=deployed.bucket).get("Contents", ())]


@pytest.mark.parametrize("condition", ["RetryAttemptsExhausted", "RetriesExhausted", "MaximumPayloadSizeExceeded"])
@pytest.mark.parametrize("change", [lambda found: found, offsets_as_text], ids=["numbers", "text"])
def test_a_batch_is_replayed_whole(deployed: DeployedReplayer, condition: str, change: Any) -> None:
    """Every record of a batch is replayed, whatever its condition is called, and its object is deleted."""
    give_up(deployed, range(40), condition, change)
    source = f"s3://{deployed.bucket}/{PREFIX}"
    inspected = deployed.ask(action="inspect", source=source, samples=1)
    assert inspected["histogram"]["reason"] == {"given_up": 40}
    assert condition in inspected["samples"][0]["error"]
    answer = deployed.ask(action="replay", source=source)
    assert answer["counts"]["replayed"] == 40
    assert sorted(deployed.dispatched()) == sorted(f"e-{offset}" for offset in range(40))
    assert objects(deployed) == []


def test_a_batch_keeps_the_records_that_were_not_asked_for(deployed: DeployedReplayer) -> None:
    """An object keeps the records that the filter does not select, and a later run takes them."""
    key = give_up(deployed, range(10), "RetryAttemptsExhausted")
    source = f"s3://{deployed.bucket}/{PREFIX}"
    deployed.ask(action="replay", source=source, filter={"event_id": ["e-3", "e-4"]})
    assert sorted(deployed.dispatched()) == ["e-3", "e-4"]
    left = json.loads(deployed.s3.get_object(Bucket=deployed.bucket, Key=key)["Body"].read())
    groups = json.loads(left["payload"])["records"].values()
    assert sorted(raw["offset"] for group in groups for raw in group) == [0, 1, 2, 5, 6, 7, 8, 9]
    assert deployed.ask(action="replay", source=source)["counts"]["replayed"] == 8
    assert len(deployed.dispatched()) == 10
    assert objects(deployed) == []


def test_a_batch_can_be_parked(deployed: DeployedReplayer) -> None:
    """The records of a parked batch are letters of the parking queue, and are replayed from there."""
    give_up(deployed, range(5), "RetryAttemptsExhausted")
    assert deployed.ask(action="park", source=f"s3://{deployed.bucket}/{PREFIX}")["counts"]["parked"] == 5
    assert objects(deployed) == []
    assert deployed.ask(action="replay", source="parking")["counts"]["replayed"] == 5


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_foreign_object_is_reported_and_stays(deployed: DeployedReplayer) -> None:
    """An object that is no document of a mapping is reported, and is never moved."""
    deployed.s3.put_object(Bucket=deployed.bucket, Key=f"{PREFIX}notes.txt", Body=b"hello")
    answer = deployed.ask(action="replay", source=f"s3://{deployed.bucket}/{PREFIX}")
    assert answer["foreign"][0]["place"] == f"{PREFIX}notes.txt"
    assert objects(deployed) == [f"{PREFIX}notes.txt"]


def test_a_record_that_is_in_the_dlq_too_is_dispatched_once(deployed: DeployedReplayer) -> None:
    """The letter of a given-up batch and the dispatcher's own letter of the same record have the same id."""
    give_up(deployed, range(3), "RetryAttemptsExhausted")
    deployed.put(letter(1, cluster="b-1:9098"))
    deployed.ask(action="replay")
    deployed.ask(action="replay", source=f"s3://{deployed.bucket}/{PREFIX}")
    assert sorted(deployed.dispatched()) == ["e-0", "e-1", "e-2"]

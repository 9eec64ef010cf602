"""A Lambda function for mappings that AWS runs: it answers as the situation of its topic says, and keeps what it gets.

A mapping on AWS invokes no endpoint of ours, and two environments of a function share no memory. So the function writes
each batch into a table, in the same call that tells it the earlier ones.
"""

import json
import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from consumer.conformance.situation import Batch, Batches, Event, Position, Situation, positions
from consumer.conformance.situations import SITUATIONS

TABLE = "SEEN_TABLE"
"""The function's variable with the table's name. Its items have the topic as their key, `topic`."""

FILES = ("__init__", "deployed", "judge", "readings", "replies", "situation", "situations")
"""The modules of this package that the function needs, which need no other."""


def handler(event: Event, _context: object) -> Any:
    """Answer a batch."""
    return answer(event, _dynamodb(), os.environ[TABLE])


def answer(event: Event, dynamodb: Any, table: str) -> Any:
    """Return what the situation of the event's topic says, and write the batch down.

    Raises:
        RuntimeError: the situation wants the function to fail.
    """
    batch = positions(event)
    topic = next(iter(event["records"])).rpartition("-")[0]
    before = dynamodb.update_item(
        TableName=table,
        Key={"topic": {"S": topic}},
        UpdateExpression="SET deliveries = list_append(if_not_exists(deliveries, :none), :batch)",
        ExpressionAttributeValues={":none": {"L": []}, ":batch": {"L": [{"S": _line(batch)}]}},
        ReturnValues="ALL_OLD",
    )
    reply = situation_of(topic).reply([each.batch for each in deliveries(before.get("Attributes", {}))], batch)
    if reply.failed:
        raise RuntimeError(f"{topic}: on purpose")
    return reply.body


def situation_of(topic: str) -> Situation:
    """Return the situation that a topic is named after: `<prefix>-<situation>`."""
    return next(each for each in SITUATIONS if topic.endswith(f"-{each.name}"))


class Delivery(NamedTuple):
    """A batch that a function got."""

    at_ms: int
    """When, in milliseconds since 1970."""
    batch: list[Position]


def deliveries(item: Mapping[str, Any]) -> list[Delivery]:
    """Return what an item of the table has, in the order in which it came."""
    lines = [json.loads(each["S"]) for each in item.get("deliveries", {"L": []})["L"]]
    return [Delivery(line["at"], [(name, offset) for name, offset in line["batch"]]) for line in lines]


def events_of(batches: Batches) -> list[Event]:
    """Return the events of these batches, as far as the table has them: the positions, in their order."""
    events: list[Event] = []
    for batch in batches:
        records: dict[str, list[dict[str, int]]] = {}
        for name, offset in batch:
            records.setdefault(name, []).append({"offset": offset})
        events.append({"records": records})
    return events


def _line(batch: Batch) -> str:
    return json.dumps({"at": time.time_ns() // 1_000_000, "batch": batch})


@cache
def _dynamodb() -> Any:
    import boto3  # the package is in Lambda's runtime, and who only reads what was seen has a client already

    return boto3.client("dynamodb")

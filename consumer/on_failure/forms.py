"""What each kind of destination gets of a discarded batch, made of the whole document that S3 gets. Pure."""

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, NamedTuple

from consumer.event import serialise
from consumer.on_failure.document import moment

_EXHAUSTED = {"RetryAttemptsExhausted": "RetriesExhausted"}
"""Conditions that the page on Kafka topics has another word for (kafka-on-failure-destination)."""


class RecordMessage(NamedTuple):
    """One discarded record as a message of a Kafka topic."""

    key: bytes | None
    """The record's own, so that it goes on keeping its order."""
    value: bytes


def metadata_only(document: bytes) -> bytes:
    """Return what an SQS queue or an SNS topic gets: all but the payload (kafka-on-failure)."""
    whole = json.loads(document)
    del whole["payload"]
    return serialise(whole)


def record_messages(document: bytes) -> Iterator[RecordMessage]:
    """Yield what a Kafka topic gets: a message for each record, its payload an object with this record alone."""
    whole = json.loads(document)
    event = json.loads(whole.pop("payload"))
    context = whole["requestContext"]
    context["condition"] = _EXHAUSTED.get(context["condition"], context["condition"])
    batch = {name: value for name, value in whole["KafkaBatchInfo"].items() if name != "recordsInfo"}
    for partition, records in event["records"].items():
        for record in records:
            payload = {**event, "records": {partition: [record]}}
            info: dict[str, Any] = {
                **batch,
                "batchSize": 1,
                "payloadSize": len(serialise(payload)),
                "recordInfo": {"offset": str(record["offset"]), "timestamp": moment(record["timestamp"])},
            }
            key = None if record["key"] is None else b64decode(record["key"])
            yield RecordMessage(key, serialise({**whole, "KafkaBatchInfo": info, "payload": payload}))

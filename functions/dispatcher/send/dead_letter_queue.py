"""Writes what is dead to the DLQ, whole, before it counts as handled."""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from typing import Protocol

from comboio.aws.json_api import SQS, AwsError, JsonApi
from comboio.contract.dead_letter import DeadLetter
from dispatcher.destinations.destination import fault_of
from dispatcher.destinations.entry import Entry
from dispatcher.destinations.sqs import MAX_BYTES
from dispatcher.parcel import Outcome, Parcel
from dispatcher.send.lanes import Lanes

TRIES = 3
REPLAYS_HEADER = "comboio_replay_count"
_ROOM_FOR_ATTRIBUTES = 512

StoreLarge = Callable[[str, str], str]
"""Keeps a letter (its id, its JSON) that is too large for SQS; returns the text that points to it."""


class DeadLetters(Protocol):
    """Where dead records are kept."""

    def write(self, parcels: Sequence[Parcel], now: int) -> None:
        """Writes them all; those that could not be written become failed, and come again."""
        ...


class DeadLetterQueue:
    """An SQS queue, with S3 behind it for what is too large."""

    def __init__(self, queue_url: str, api: JsonApi, pool: Executor, store_large: StoreLarge) -> None:
        self._prefix = f'{{"QueueUrl":{json.dumps(queue_url)},"Entries":['
        self._api = api
        self._pool = pool
        self._store_large = store_large

    def write(self, parcels: Sequence[Parcel], now: int) -> None:
        """See DeadLetters."""
        lanes = Lanes(entry for parcel in parcels if (entry := self._entry(parcel, now)) is not None)
        calls = []
        while call := lanes.take(10, MAX_BYTES):
            calls.append(call)
        for written in self._pool.map(self._write, calls):
            for entry in written:
                entry.parcels[0].in_dlq = True
        for parcel in parcels:
            if not parcel.in_dlq:
                parcel.outcome = Outcome.FAILED

    def _entry(self, parcel: Parcel, now: int) -> Entry | None:
        text = letter(parcel, now).to_json()
        if len(text) > MAX_BYTES - _ROOM_FOR_ATTRIBUTES:
            try:
                text = self._store_large(parcel.record.id, text)
            except Exception as error:
                parcel.error = f"{parcel.error}; and its dead letter could not be kept: {error}"
                return None
        wire = json.dumps(
            {
                "MessageBody": text,
                "MessageAttributes": {
                    "reason": {"DataType": "String", "StringValue": parcel.reason},
                    "correlation_id": {"DataType": "String", "StringValue": parcel.correlation_id},
                },
            }
        )
        return Entry((parcel,), wire[1:], len(text) + _ROOM_FOR_ATTRIBUTES)

    def _write(self, entries: Iterable[Entry]) -> list[Entry]:
        """One call, tried again for what failed; returns what the queue has."""
        left, written = list(entries), []
        for _ in range(TRIES):
            listed = ",".join(f'{{"Id":"{index}",{entry.wire}' for index, entry in enumerate(left))
            try:
                answer = self._api.call("SendMessageBatch", f"{self._prefix}{listed}]}}".encode())
            except AwsError as error:
                fault = fault_of(error, frozenset())
                for entry in left:
                    entry.parcels[0].error += f"; and its dead letter could not be written: {fault.error}"
                break
            kept = {int(entry["Id"]) for entry in answer.get("Successful") or ()}
            written += [entry for index, entry in enumerate(left) if index in kept]
            left = [entry for index, entry in enumerate(left) if index not in kept]
            if not left:
                break
        return written


def letter(parcel: Parcel, now: int) -> DeadLetter:
    """The envelope of a dead parcel."""
    record = parcel.record
    return DeadLetter.of(
        record,
        reason=parcel.reason or "permanent",
        error=parcel.error,
        route=parcel.route.name if parcel.route else None,
        attempts=parcel.attempts,
        first_failure=parcel.since or now,
        last_failure=now,
        correlation_id=parcel.correlation_id,
        replay_count=max(parcel.replay_count, _replays(parcel)),
        served=parcel.served,
    )


def _replays(parcel: Parcel) -> int:
    """How often the record was replayed by way of Kafka, as the replayer's header says; asked only of the dead."""
    text = parcel.record.header(REPLAYS_HEADER) or ""
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def connect(queue_url: str, clients: Callable[..., JsonApi], pool: Executor, bucket: str) -> DeadLetterQueue:
    """The DLQ at `queue_url`; large letters go to `bucket`."""

    def store_large(identity: str, text: str) -> str:
        import boto3  # only here: large letters are rare, and boto3 is 0.4 s of import

        if not bucket:
            raise ValueError("DEAD_LETTER_BUCKET is not set")
        key = f"dead-letters/{identity}.json"
        boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json")
        return json.dumps({"comboio_dead_letter_at": {"bucket": bucket, "key": key}})

    return DeadLetterQueue(queue_url, clients(SQS), pool, store_large)

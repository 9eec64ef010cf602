"""Amazon SQS, standard and FIFO queues, by SendMessageBatch.

Guarantee: a standard queue takes a message at least once. A FIFO queue keeps the order of a key, and drops what it was
sent again within 5 minutes: also what a crash made the dispatcher send twice, if unpacked.
Limits (SQS quotas): 10 entries and 1 MiB a call; an attribute counts with its name, type and value.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import Field

from comboio.aws.json_api import SQS, THROTTLES, AwsError, JsonApi
from comboio.routing.table import DestinationSpec
from dispatcher.destinations.destination import Clients, fault_of
from dispatcher.destinations.entry import Entry
from dispatcher.destinations.identity import deduplication_id, group_name, pack_id, quoted
from dispatcher.destinations.options import Options, read
from dispatcher.destinations.packing import packed_body
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel

MAX_BYTES = 1_048_576
PERMANENT = frozenset({"InvalidMessageContents", "BatchRequestTooLong", "BatchEntryIdsNotDistinct", "MessageTooLong"})
PERMANENT_ENTRY = PERMANENT | {"InvalidParameterValue", "InvalidAttributeValue"}
"""In an entry's own failure a wrong value is its message; of a whole call it may as well be the queue."""

UNANSWERED = Fault(FaultKind.TRANSIENT, "sqs SendMessageBatch: the answer does not speak of this entry")


class SqsQueue:
    """One queue; each message carries `deduplication_id`, `correlation_id` and `traceparent` as attributes."""

    max_entries = 10
    max_bytes = MAX_BYTES
    max_entry_bytes = MAX_BYTES

    def __init__(self, name: str, queue_url: str, api: JsonApi, *, ordered: bool, concurrency: int) -> None:
        self.name = name
        self.concurrency = concurrency
        self._prefix = f'{{"QueueUrl":{json.dumps(queue_url)},"Entries":['
        self._api = api
        self._ordered = ordered

    def make(self, parcels: Sequence[Parcel]) -> tuple[str, int]:
        """The entry as JSON without its Id, which is its place in the call."""
        first = parcels[0]
        value = first.record.value or b""
        if first.route is None or first.route.pack == 1:
            body, body_bytes, identity = value.decode(), len(value), first.record.id
        else:
            body, identity = packed_body(parcels), pack_id(parcels)
            body_bytes = len(body.encode())
        attributes = [("deduplication_id", quoted(identity)), ("correlation_id", quoted(first.correlation_id))]
        if first.traceparent:
            attributes.append(("traceparent", f'"{first.traceparent}"'))
        listed = ",".join(f'"{name}":{{"DataType":"String","StringValue":{text}}}' for name, text in attributes)
        size = body_bytes + sum(len(name) + len("String") + len(text) - len('""') for name, text in attributes)
        wire = f'"MessageBody":{json.dumps(body)},"MessageAttributes":{{{listed}}}}}'
        if self._ordered:
            group, once = quoted(group_name(parcels)), quoted(deduplication_id(parcels))
            order = f'"MessageGroupId":{group},"MessageDeduplicationId":{once}'
            wire = f"{order},{wire}"
        return wire, size

    def send(self, entries: Sequence[Entry]) -> list[Fault | None]:
        """See Destination."""
        listed = ",".join(f'{{"Id":"{index}",{entry.wire}' for index, entry in enumerate(entries))
        try:
            answer = self._api.call("SendMessageBatch", f"{self._prefix}{listed}]}}".encode(), tries=1)
        except AwsError as error:
            return [fault_of(error, PERMANENT)] * len(entries)
        faults: list[Fault | None] = [UNANSWERED] * len(entries)
        for sent in answer.get("Successful") or ():
            faults[int(sent["Id"])] = None
        for failed in answer.get("Failed") or ():
            faults[int(failed["Id"])] = _fault(failed)
        return faults


def _fault(failed: dict[str, Any]) -> Fault:
    """An entry's own failure; `SenderFault` says whose it is (SQS API, BatchResultErrorEntry)."""
    code = str(failed.get("Code"))
    error = f"sqs SendMessageBatch: {code} {failed.get('Message', '')}"
    if code in THROTTLES:
        return Fault(FaultKind.THROTTLED, error)
    permanent = failed.get("SenderFault") and code in PERMANENT_ENTRY  # not so: a key or a right that is missing
    return Fault(FaultKind.PERMANENT if permanent else FaultKind.TRANSIENT, error)


class SqsOptions(Options):
    """A call of 10 small messages is mostly waiting: 32 at a time gave 1.3 times the rate of 16 at 5 ms a call."""

    concurrency: int = Field(32, ge=1, le=64, description="Calls at the same time, at the most.")


def standard(name: str, spec: DestinationSpec, clients: Clients) -> SqsQueue:
    """`type = "sqs"`, `target` the queue's URL; `concurrency` calls at a time (32)."""
    if spec.target.endswith(".fifo"):
        raise ValueError(f"target: {spec.shown()} is a FIFO queue; its type is sqs_fifo")
    return _queue(name, spec, clients, ordered=False)


def fifo(name: str, spec: DestinationSpec, clients: Clients) -> SqsQueue:
    """`type = "sqs_fifo"`, `target` the queue's URL; `concurrency` calls at a time (32)."""
    if not spec.target.endswith(".fifo"):
        raise ValueError(f"the target of an sqs_fifo ends with .fifo, and this is {spec.shown()}")
    return _queue(name, spec, clients, ordered=True)


def _queue(name: str, spec: DestinationSpec, clients: Clients, *, ordered: bool) -> SqsQueue:
    if not spec.target:
        raise ValueError("target: the URL of the queue")
    return SqsQueue(name, spec.target, clients(SQS), ordered=ordered, concurrency=read(SqsOptions, spec).concurrency)

"""Reads back the destination queues, the DLQ and the ledgers."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comboio.contract.dead_letter import DeadLetter
from comboio.contract.unpack import read
from comboio.ledger.encoding import from_attributes
from local.aws.deployment import Deployment
from local.aws.emulator import Aws
from local.aws.queue import QueuedMessage, messages
from local.demo.proof.reconcile import Position

Read = Callable[[Aws, str], list[QueuedMessage]]
"""Reads a whole queue, by its URL."""

QUEUES = ("TelemetryQueue", "EventsQueue", "AlertsQueue")
"""The destinations, by their names in the template."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as its receiver finds it."""

    event_id: str
    queue: str
    sent_ms: int
    """When the queue accepted it (epoch ms)."""
    latency_ms: float
    """Milliseconds from `occurred_at` until then."""


def arrivals(deployment: Deployment, read_queue: Read = messages) -> Iterator[Arrival]:
    """Yield every message of every destination queue, unpacked."""
    for queue in QUEUES:
        for message in read_queue(deployment.aws, deployment.resource(queue)):
            for item in read(message.body):
                telemetry = item.message
                occurred = datetime.fromisoformat(telemetry["occurred_at"]).timestamp() * 1000
                yield Arrival(telemetry["event_id"], queue, message.sent_ms, message.sent_ms - occurred)


def letters(deployment: Deployment, queue: str = "DeadLetterQueue", read_queue: Read = messages) -> list[DeadLetter]:
    """Return every letter of a queue of letters."""
    held = read_queue(deployment.aws, deployment.resource(queue))
    return [DeadLetter.from_json(message.body) for message in held]


def undone(deployment: Deployment) -> list[Position]:
    """Return every position that a ledger names as unfinished."""
    table = deployment.aws.client("dynamodb")
    found: list[Position] = []
    for page in table.get_paginator("scan").paginate(TableName=deployment.resource("LedgerTable")):
        for item in page["Items"]:
            kind, _, name = item["pk"]["S"].partition("#")
            if kind != "ledger":
                continue
            partition = name.partition("/")[2]
            ledger = from_attributes({name: _wire(value) for name, value in item.items()})
            found += [(partition, offset) for offset in ledger.incomplete]
            found += [(partition, offset) for first, last in ledger.deferred for offset in range(first, last + 1)]
    return found


def _wire(attribute: dict[str, Any]) -> dict[str, Any]:
    """Return an attribute as DynamoDB's own JSON has it: boto3 decodes binaries."""
    value = attribute.get("B")
    return {"B": b64encode(value).decode()} if isinstance(value, bytes) else attribute

"""The test bed: the queues and the ledgers, read back, and made empty between scenarios."""

from collections.abc import Iterator

from bench.blast.figures import Arrival, Position
from comboio.contract.hold import HoldMessage
from comboio.contract.unpack import read
from local.aws.queue import messages
from local.demo.proof.downstream import letters
from local.stack import Stack

HEALTHY = ("TelemetryQueue", "EventsQueue")
"""The healthy destinations, by their names in the template."""

EMPTIED = (*HEALTHY, "AlertsQueue", "HoldQueue", "DeadLetterQueue", "ParkingQueue")
"""Emptied between scenarios: sends of the emulator get slower with the messages it has seen lately."""


class Bed:
    """What the scenarios share."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def clean(self) -> None:
        """Empty every queue, and forget ledgers and destination states."""
        deployment = self._stack.deployment
        sqs, table = deployment.aws.client("sqs"), deployment.aws.client("dynamodb")
        for queue in EMPTIED:
            sqs.purge_queue(QueueUrl=deployment.resource(queue))
        name = deployment.resource("LedgerTable")
        for page in table.get_paginator("scan").paginate(TableName=name):
            for item in page["Items"]:
                table.delete_item(TableName=name, Key={"pk": item["pk"]})

    def arrivals(self) -> Iterator[Arrival]:
        """Yield every message of the healthy queues."""
        for queue in HEALTHY:
            for message in messages(self._stack.aws, self._stack.deployment.resource(queue)):
                for item in read(message.body):
                    produced_ms = int((item.id or "").rpartition("@")[2])
                    yield Arrival(item.message["event_id"], produced_ms / 1000, message.sent_ms / 1000)

    def letters(self) -> list[Position]:
        """Return the position of every letter in the DLQ."""
        return [(f"{letter.topic}-{letter.partition}", letter.offset) for letter in letters(self._stack.deployment)]

    def held(self) -> list[Position]:
        """Return the position of every record in the hold queue."""
        return [
            (held.record.source, held.record.offset)
            for message in messages(self._stack.aws, self._stack.deployment.resource("HoldQueue"))
            for held in HoldMessage.from_body(message.body).records
        ]

    def holds(self) -> int:
        """Return the number of messages in the hold queue, in flight or not."""
        return len(messages(self._stack.aws, self._stack.deployment.resource("HoldQueue")))

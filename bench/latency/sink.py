"""Where the dispatcher sends to: a server that answers as SQS and DynamoDB do when all is well, and notes arrivals.

The AWS emulator of `make stack` would take more of the two cores than all of ours together.
"""

import json
import time
from collections.abc import Iterator
from typing import NamedTuple

from bench.dispatcher import canned
from bench.dispatcher.latency import Constant
from bench.dispatcher.server import Answers
from comboio.contract.unpack import read

LATENCY_S = 0.005
"""Of each call: SQS and DynamoDB within a region."""


QUEUES = {"telemetry": "telemetry", "events": "events", "alerts": "alerts.fifo"}
"""The destinations of the shipped routing table, by their queue's name. `alerts` has the priority topic."""


class Taken(NamedTuple):
    """A record that a queue has taken."""

    queue: str
    partition: str
    """`<topic>-<number>`."""
    offset: int
    produced: float
    """Its timestamp (epoch s)."""
    at: float
    """When the queue's answer left (epoch s)."""


class Arrivals:
    """Keeps the sends, and reads them when all is over: reading them costs nobody time meanwhile."""

    def __init__(self) -> None:
        self._sends: list[tuple[float, bytes]] = []

    def add(self, action: str, body: bytes) -> None:
        """See Notes."""
        if action == "SendMessageBatch":
            self._sends.append((time.time() + LATENCY_S, body))

    def counts(self) -> list[Taken]:
        """Return each record's arrival at a destination, and forget all; what went elsewhere has not arrived."""
        sends, self._sends = self._sends, []
        return [taken for at, body in sends for taken in _taken(at, body)]


def _taken(at: float, body: bytes) -> Iterator[Taken]:
    request = json.loads(body)
    queue = request["QueueUrl"].rpartition("/")[2]
    for entry in request["Entries"] if queue in QUEUES.values() else ():
        for message in read(entry["MessageBody"], entry.get("MessageAttributes")):
            place, _, timestamp = str(message.id).rpartition("@")
            partition, _, offset = place.rpartition("/")[2].rpartition(":")
            yield Taken(queue, partition, int(offset), int(timestamp) / 1000, at)


def answer(action: str, body: bytes) -> bytes:
    """Answer a request; a claim as of a partition that nobody has had, since offsets begin at 0."""
    answered = canned.answer(action, body)
    return b"{}" if answered == CLAIMED else answered


CLAIMED = canned.answer("UpdateItem", b'"ALL_OLD"')

ANSWERS = Answers(Constant(LATENCY_S), Arrivals, answer)

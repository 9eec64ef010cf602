"""An SQS FIFO queue: order groups, deduplication, visibility, and batch calls that fail in part."""

import json
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from comboio.contract.hold import HoldMessage
from tests.simulation.world.steps import Steps

DEDUPLICATION_MS = 300_000
VISIBLE_AGAIN_MS = 60_000


class FifoQueue:
    """Both sides of it: what its clients call (see JsonApi.call), and what a mapping receives and deletes."""

    def __init__(self, now: Callable[[], int], steps: Steps, refusals: list[bool]) -> None:
        self.messages: list[dict[str, Any]] = []
        self.bodies_elsewhere: list[str] = []
        """What was sent to another queue than this one."""
        self.down = False
        """Whether it refuses whatever it is asked; what is in it is still delivered."""
        self.lost_deletes = 0
        """How many deletes of its mapping are not carried out."""
        self.foreign: list[str] = []
        """Bodies that somebody else wrote."""
        self._now = now
        self._steps = steps
        self._refusals = refusals
        self._numbers = count()
        self._seen: dict[tuple[str, str], int] = {}

    def call(
        self,
        action: str,
        request: bytes,
        *,
        tries: int | None = None,
        timeout_s: float | None = None,
        until: float | None = None,
    ) -> dict[str, Any]:
        """Carry out a batch call, or the first half of it."""
        fields = json.loads(request)
        entries = fields["Entries"]

        def carry_out(number: int) -> dict[str, Any]:
            works = {"SendMessageBatch": self._send, "ChangeMessageVisibilityBatch": self._change}[action]
            done = [entry["Id"] for entry in entries[:number] if not self.down and works(fields["QueueUrl"], entry)]
            lost = [{"Id": entry["Id"], "Code": "Scripted"} for entry in entries if entry["Id"] not in done]
            return {"Successful": [{"Id": name} for name in done], "Failed": lost}

        return self._steps.take(lambda: carry_out(len(entries)), lambda: carry_out(len(entries) // 2))

    def _send(self, url: str, entry: dict[str, Any]) -> bool:
        if self._refusals and self._refusals.pop():
            return False
        if not url.endswith(".fifo"):
            self.bodies_elsewhere.append(entry["MessageBody"])
            return True
        same = (entry["MessageGroupId"], entry["MessageDeduplicationId"])
        if self._seen.get(same, -(10**15)) < self._now() - DEDUPLICATION_MS:
            self._seen[same] = self._now()
            self._add(entry["MessageGroupId"], entry["MessageBody"])
        return True

    def _add(self, group: str, body: str) -> None:
        name = f"m{next(self._numbers)}"
        self.messages.append(
            {
                "messageId": name,
                "receiptHandle": f"r-{name}",
                "body": body,
                "attributes": {"MessageGroupId": group, "SentTimestamp": str(self._now())},
                "visible_at": 0,
            }
        )

    def write_foreign(self, group: str, body: str) -> None:
        """Let somebody else write a message."""
        self.foreign.append(body)
        self._add(group, body)

    def _change(self, _: str, entry: dict[str, Any]) -> bool:
        for message in self.messages:
            if message["receiptHandle"] == entry["ReceiptHandle"]:
                message["visible_at"] = self._now() + entry["VisibilityTimeout"] * 1000
        return True

    def receive(self, most: int) -> list[dict[str, Any]]:
        """Deliver the first visible messages; none of a group one of whose messages is in flight."""
        found: list[dict[str, Any]] = []
        groups = [message["attributes"]["MessageGroupId"] for message in self.messages]
        blocked = {
            group for group, message in zip(groups, self.messages, strict=True) if message["visible_at"] > self._now()
        }
        for group, message in zip(groups, self.messages, strict=True):
            if group not in blocked and len(found) < most:
                found.append(message)
                message["visible_at"] = self._now() + VISIBLE_AGAIN_MS
        return [{key: value for key, value in message.items() if key != "visible_at"} for message in found]

    def delete(self, names: set[str]) -> None:
        """Take messages out."""
        if names and self.lost_deletes:
            self.lost_deletes -= 1
            return
        self.messages = [message for message in self.messages if message["messageId"] not in names]

    def held(self) -> Sequence[HoldMessage]:
        """Return what is in the queue."""
        return [HoldMessage.from_body(message["body"]) for message in self.messages]

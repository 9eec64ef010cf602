"""A queue that always has letters, and a dispatcher that takes them; in the shape and the size of the real answers."""

import json
from itertools import count

from bench.dispatcher.workload import Workload
from comboio.contract.dead_letter import DeadLetter
from comboio.contract.record import partitions

HANDLE = "AQEB" + "wJnKyrHigUMZj6rYigCgxlaS3SLy0a" * 12
"""As long as SQS's receipt handles are."""

_MD5 = "fafb00f5732ab283681e124bf8747ed1"


def letters(number: int) -> list[DeadLetter]:
    """Dead letters of the dispatcher benchmark's messages."""
    groups = partitions(json.loads(Workload(records=number).batch(0)))
    return [
        DeadLetter.of(
            record,
            reason="attempts_exhausted",
            error="telemetry: InternalError (500) we encountered an internal error, please try again",
            route="telemetry",
            attempts=5,
            first_failure=record.timestamp + 1_000,
            last_failure=record.timestamp + 9_000,
            correlation_id=record.header("correlation_id") or record.position,
        )
        for _, group in groups
        for record in group
    ]


class Downstream:
    """Answers requests; keeps what was sent, and how much was deleted."""

    def __init__(self, held: list[DeadLetter]) -> None:
        self._bodies = [letter.to_json() for letter in held]
        self._next = count()
        self.sent: list[str] = []
        self.deleted = 0

    def answer(self, action: str, body: bytes) -> bytes:
        """Answer a request of SQS, DynamoDB or Lambda."""
        request = json.loads(body)
        if action == "ReceiveMessage":
            return self._page()
        if action == "DeleteMessageBatch":
            self.deleted += len(request["Entries"])
            return json.dumps({"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}).encode()
        if action == "SendMessageBatch":
            self.sent += [entry["MessageBody"] for entry in request["Entries"]]
            return json.dumps(
                {"Successful": [{"Id": entry["Id"], "MessageId": _MD5} for entry in request["Entries"]]}
            ).encode()
        if action == "UpdateItem":
            return b"{}"
        if action == "BatchGetItem":
            return b'{"Responses":{}}'
        if action == "SendMessage":
            self.sent.append(json.loads(request["MessageBody"])["id"])
            return json.dumps({"MessageId": _MD5, "MD5OfMessageBody": _MD5}).encode()
        if action == "DeleteMessage":
            self.deleted += 1
            return b"{}"
        if action == "GetQueueAttributes":
            names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
            return json.dumps({"Attributes": dict.fromkeys(names, str(len(self._bodies) - self.deleted))}).encode()
        taken = [letter["id"] for letter in request["letters"]]
        self.sent += taken
        return json.dumps({"outcomes": dict.fromkeys(taken, "dispatched")}).encode()

    def _page(self) -> bytes:
        messages = [
            {
                "MessageId": f"5fea7756-0ea4-451a-a703-{number:012d}",
                "ReceiptHandle": f"{HANDLE}{number}",
                "MD5OfBody": _MD5,
                "Body": self._bodies[number],
                "Attributes": {"SentTimestamp": "1795359600000"},
            }
            for number in [next(self._next) for _ in range(10)]
            if number < len(self._bodies)
        ]
        return json.dumps({"Messages": messages} if messages else {}).encode()

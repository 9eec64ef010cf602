"""Queues, a bucket and routes of a test's own on the local AWS, for the functions as they are deployed."""

import json
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comboio.contract.dead_letter import DeadLetter
from comboio.invocation import Invocation
from dispatcher import wiring as dispatcher_wiring
from dlq_replayer import wiring as replayer_wiring
from dlq_replayer.replayer import Answer
from dlq_replayer.request.request import Request
from local.aws import Deployment, messages

ROUTES = """
version = 1
[destinations.here]
type = "sqs"
target = "$ROUTE_HERE_QUEUE_URL"
[[routes]]
name = "ordered"
topics = ["ordered"]
to = ["here"]
ordering = "key"
[[routes]]
name = "known"
codigos = ["300-399"]
to = ["here"]
[default]
to = ["dead_letter"]
"""


def letter(offset: int, codigo: int = 300, **changed: Any) -> DeadLetter:
    """Return a dead letter of a good message; its event_id tells the offset."""
    fields = {"event_id": f"e-{offset}", "codigo": codigo, "truck_id": "T-1", "occurred_at": "2026-11-22T15:00:00Z"}
    given: dict[str, Any] = {
        "cluster": "arn:aws:kafka:us-east-1:1:cluster/c/1",
        "topic": "mt-c300",
        "partition": offset % 2,
        "offset": offset,
        "timestamp": 1_795_359_600_000 + offset,
        "key": b"%d:T-1" % codigo,
        "value": json.dumps(fields).encode(),
        "headers": (("correlation_id", b"c-%d" % offset),),
        "reason": "unroutable",
        "error": "no route",
        "route": None,
        "attempts": 1,
        "first_failure": 1_795_359_700_000,
        "last_failure": 1_795_359_700_000,
        "correlation_id": f"c-{offset}",
    }
    return DeadLetter(**{**given, **changed})


class InProcess:
    """The dispatcher in this process, one invocation at a time, as an execution environment does."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._function = dispatcher_wiring.build(environ)
        self._one = threading.Lock()
        self.calls: list[int] = []

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        """See Function."""
        given = json.loads(event)
        with self._one:
            self.calls.append(len(given["letters"]))
            deadline = time.time_ns() // 1_000_000 + 30_000
            return self._function.redispatch.dispatch(given, Invocation(uuid.uuid4().hex, deadline))

    def start(self, event: bytes) -> None:
        """Nothing starts by itself here."""
        raise NotImplementedError


class Heard:
    """An audit that keeps what it hears."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Any]] = []

    def begun(self, request: Request, run: str) -> None:
        self.lines.append(("begun", run))

    def refused(self, faults: list[dict[str, str]]) -> None:
        self.lines.append(("refused", faults))

    def ended(self, request: Request, answer: dict[str, Any], before: dict[str, int]) -> None:
        self.lines.append(("ended", answer))

    def warn(self, message: str) -> None:
        self.lines.append(("warning", message))


@dataclass
class DeployedReplayer:
    """The replayer and the dispatcher on the local AWS, with queues, bucket and table of their own."""

    deployment: Deployment
    routes: Path
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    def __post_init__(self) -> None:
        self.heard = Heard()
        self.aws = self.deployment.aws
        self.sqs = self.aws.client("sqs")
        self.s3 = self.aws.client("s3")
        self.dlq, self.parking, self.here = (self._queue(kind) for kind in ("dlq", "parking", "here"))
        self.bucket = f"bucket-{self.name}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.table = f"ledger-{self.name}"
        self.aws.client("dynamodb").create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.routes.write_text(ROUTES)
        common = {
            "DEAD_LETTER_QUEUE_URL": self.dlq,
            "PARKING_QUEUE_URL": self.parking,
            "DEAD_LETTER_BUCKET": self.bucket,
            "ROUTE_HERE_QUEUE_URL": self.here,
            "LEDGER_TABLE": self.table,
        }
        more = {"REPLAYER_WAIT_S": "0", "REPLAYER_MARGIN_S": "1", "REPLAYER_DISPATCHER_TIMEOUT_S": "1"}
        self.replayer_environ = {**self.deployment.environment("DlqReplayerFunction"), **common, **more}
        self.dispatcher_environ = {
            **self.deployment.environment("DispatcherFunction"),
            **common,
            "DISPATCHER_ROUTES_FILE": str(self.routes),
        }

    def _queue(self, kind: str) -> str:
        url: str = self.sqs.create_queue(QueueName=f"{kind}-{self.name}")["QueueUrl"]
        return url

    def put(self, *letters: DeadLetter | str) -> None:
        """Put letters, or texts that are none, into the DLQ."""
        bodies = [each if isinstance(each, str) else each.to_json() for each in letters]
        for first in range(0, len(bodies), 10):
            page = bodies[first : first + 10]
            entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(page)]
            assert not self.sqs.send_message_batch(QueueUrl=self.dlq, Entries=entries).get("Failed")

    def ask(
        self, timeout_s: float = 60, dispatcher: Any = None, environ: Mapping[str, str] | None = None, **request: Any
    ) -> Answer:
        """Ask the replayer, and return its answer."""
        replayer = replayer_wiring.build(
            {**self.replayer_environ, **(environ or {})},
            dispatcher=dispatcher or InProcess(self.dispatcher_environ),
            audit=self.heard,
        )
        return replayer.handle(
            request, Invocation(uuid.uuid4().hex, time.time_ns() // 1_000_000 + int(timeout_s * 1000))
        )

    def dispatched(self) -> list[str]:
        """Return the event_id of everything that arrived, in order."""
        return [json.loads(message.body)["event_id"] for message in messages(self.aws, self.here)]

    def bodies(self, url: str) -> Sequence[str]:
        """Return what a queue holds."""
        return [message.body for message in messages(self.aws, url)]

    def visible(self, url: str) -> int:
        """Messages that anybody may receive now."""
        names: Any = ["ApproximateNumberOfMessages"]
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

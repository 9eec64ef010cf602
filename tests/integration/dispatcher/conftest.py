"""A dispatcher over the local AWS: its own ledger, one queue, and a dead-letter queue."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from comboio.invocation import Invocation
from dispatcher.wiring import build
from local.aws import Aws, messages
from tests.support.dispatcher import event, payload, raw


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dispatcher works: its environment, its table's and its queue's names."""

    aws: Aws
    environ: dict[str, str]
    table: str
    queue: str

    def dispatch(self, offsets: Sequence[int], now: int, owner: str) -> Any:
        """Brings these offsets of t-0 to a fresh dispatcher."""
        records = [raw(offset, payload(event_id=f"e-{offset}"), timestamp=now - 1_000) for offset in offsets]
        return build(self.environ).dispatcher.dispatch(event(*records), Invocation(owner, now + 30_000))

    def arrived(self) -> list[str]:
        """Return the event_ids of all that ever came to the queue, each as often as it came."""
        return sorted(json.loads(each.body)["event_id"] for each in messages(self.aws, self.queue))


@pytest.fixture
def place(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Place]:
    """Make a place; its routing table has one route to one queue, and further lines as given."""

    def make(more: str = "") -> Place:
        name = f"dispatcher-{uuid.uuid4().hex[:8]}"
        aws.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        sqs = aws.client("sqs")
        queue, dead = (sqs.create_queue(QueueName=each)["QueueUrl"] for each in (name, f"{name}-dead"))
        routes = tmp_path / "routes.toml"
        routes.write_text(
            f'version = 1\n[destinations.a]\ntype = "sqs"\ntarget = "{queue}"\n[default]\nto = ["a"]\n{more}'
        )
        environ = {
            **aws.environment,
            "LEDGER_TABLE": name,
            "DEAD_LETTER_QUEUE_URL": dead,
            "DISPATCHER_ROUTES_FILE": str(routes),
        }
        return Place(aws, environ, name, queue)

    return make

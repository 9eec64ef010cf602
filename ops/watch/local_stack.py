"""The board's source for a stack on this machine: Kafka's offsets, the emulator's queues and table, the demo's own."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import DYNAMODB, connect
from comboio.contract.dead_letter import DeadLetter
from comboio.destination_state.dynamodb import DynamoStateStore
from comboio.drain.waiting_index import WaitingIndex
from comboio.errors import InvalidDataError
from local.aws.deployment import Deployment
from local.aws.queue import QueuedMessage, messages
from local.kafka.retention import Window
from ops.watch.counted import ERRORS, OUTCOMES, Counted
from ops.watch.holding import HELD, OLDEST, STATES, holding
from ops.watch.lag import AGE, SUM, THROUGHPUT, WORST, Lag
from ops.watch.ledgers import AGE as UNFINISHED_AGE
from ops.watch.ledgers import PENDING, ledgers, unfinished
from ops.watch.panel import Panel, Row, counts, panels

DEAD, WAITING, ARRIVED = "Dead letters by reason", "Messages that wait", "In the destinations' queues, messages"

FOREIGN = "no dead letter"
"""The reason of a message in the DLQ that none of ours wrote."""


class LocalStack:
    """The stack that `make stack` or `make demo` runs here."""

    def __init__(
        self,
        deployment: Deployment,
        windows: Callable[[], Sequence[Window]],
        names: Callable[[], tuple[Sequence[str], Sequence[str]]],
        figures: Path | None,
    ) -> None:
        """Read nothing yet.

        Args:
            deployment: its resources.
            windows: reads where each partition and the group are.
            names: reads the destinations and the routes of its routing table.
            figures: the demo's files, where it is the demo's stack.
        """
        self._deployment = deployment
        self._windows = windows
        self._names = names
        self._counted = Counted(figures) if figures else None
        self._lag = Lag()

    def look(self, now: float) -> list[Panel]:
        """Return the panels at `now` (epoch seconds)."""
        return [
            *panels(SUM, WORST, AGE, THROUGHPUT, read=lambda: self._lag.panels(self._windows(), now)),
            *self._of_the_functions(now),
            *panels(UNFINISHED_AGE, PENDING, read=lambda: self._unfinished(now)),
            *panels(STATES, HELD, OLDEST, read=self._holding),
            *panels(DEAD, WAITING, read=self._queues),
            *panels(ARRIVED, read=self._arrived),
        ]

    def _of_the_functions(self, now: float) -> list[Panel]:
        if self._counted is None:
            note = "The functions run in their consumer's process here, and their figures are in its log."
            return [Panel(OUTCOMES, note=note), Panel(ERRORS, note=note)]
        return panels(OUTCOMES, ERRORS, read=lambda: self._counted.panels(now) if self._counted else [])

    def _unfinished(self, now: float) -> list[Panel]:
        table = self._deployment.resource("LedgerTable")
        return unfinished(ledgers(self._deployment.aws.client("dynamodb"), table), int(now * 1000))

    def _holding(self) -> list[Panel]:
        environ, table = self._deployment.aws.environment, self._deployment.resource("LedgerTable")
        api = connect(DYNAMODB, environ, credential_source(environ))
        destinations, routes = self._names()
        store, index = DynamoStateStore(api, table), WaitingIndex(api, table)
        return holding(store, index, destinations, routes, lambda: time.time_ns() // 1_000_000)

    def _queues(self) -> list[Panel]:
        letters, parked, held = (
            messages(self._deployment.aws, self._deployment.resource(name))
            for name in ("DeadLetterQueue", "ParkingQueue", "HoldQueue")
        )
        waiting = [Row("dead letters", len(letters), bool(letters)), Row("parked", len(parked)), Row("held", len(held))]
        return [Panel(DEAD, counts(dict(Counter(map(reason_of, letters))), bad=True)), Panel(WAITING, waiting)]

    def _arrived(self) -> list[Panel]:
        sqs = self._deployment.aws.client("sqs")
        rows = []
        for name in ("TelemetryQueue", "EventsQueue", "AlertsQueue"):
            wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            found = sqs.get_queue_attributes(QueueUrl=self._deployment.resource(name), AttributeNames=wanted)
            rows.append(Row(name.removesuffix("Queue").lower(), sum(map(int, found["Attributes"].values()))))
        return [Panel(ARRIVED, rows)]


def reason_of(message: QueuedMessage) -> str:
    """Return why a message is in the dead-letter queue."""
    try:
        return str(DeadLetter.from_json(message.body).reason)
    except InvalidDataError:
        return FOREIGN

"""The board's source for a stack on AWS: its dashboard's graphs by CloudWatch, and queues and table as they are."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import DYNAMODB, connect
from comboio.destination_state.dynamodb import DynamoStateStore
from comboio.drain.waiting_index import WaitingIndex
from comboio.errors import ComboioError
from ops.watch.dashboard import Widget, panel, queries, span, widgets
from ops.watch.holding import HELD, OLDEST, STATES, holding
from ops.watch.panel import Panel, Row, panels

QUEUES: Mapping[str, str] = {"DeadLetterQueue": "dead letters", "ParkingQueue": "parked", "HoldQueue": "held"}
"""The stack's queues that are empty while nothing is wrong, by their names in template.yaml."""

NOW = "Messages that wait, now"
DASHBOARD = "The dashboard's graphs"


class NotInStackError(ComboioError):
    """The stack has no such resource; the text says what to check."""


class DeployedStack:
    """A stack by its name. What it is made of is looked up once it can be; the rest is read at each look."""

    def __init__(
        self,
        stack: str,
        environ: Mapping[str, str],
        names: tuple[Sequence[str], Sequence[str]],
        client: Callable[[str], Any],
    ) -> None:
        """Look nothing up yet.

        Args:
            stack: its name.
            environ: for credentials and region.
            names: the destinations and the routes of its routing table.
            client: makes a boto3 client of a service.
        """
        self._stack = stack
        self._environ = environ
        self._destinations, self._routes = names
        self._client = client
        self._resources: dict[str, str] = {}
        self._widgets: list[Widget] = []

    def look(self, now: float) -> list[Panel]:
        """Return the panels at `now` (epoch seconds)."""
        graphs = panels(DASHBOARD, read=lambda: self._graphs(now))
        drawn = {panel.title for panel in graphs}
        return [
            *graphs,
            *panels(NOW, read=lambda: [Panel(NOW, self._queues())]),
            *(
                each
                for each in panels(STATES, HELD, OLDEST, read=lambda: self._holding(now))
                if each.title not in drawn
            ),
        ]

    def _graphs(self, now: float) -> list[Panel]:
        cloudwatch = self._client("cloudwatch")
        if not self._widgets:
            body = cloudwatch.get_dashboard(DashboardName=self._resource("Dashboard"))["DashboardBody"]
            self._widgets = widgets(body)
        begin, end = span(datetime.fromtimestamp(now, UTC))
        found = []
        for widget in self._widgets:
            found += panels(widget.title, read=lambda each=widget: [_newest(cloudwatch, each, begin, end)])  # type: ignore[misc]
        return found

    def _queues(self) -> list[Row]:
        sqs = self._client("sqs")
        rows = []
        for logical_id, label in QUEUES.items():
            names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            answer = sqs.get_queue_attributes(QueueUrl=self._resource(logical_id), AttributeNames=names)
            total = sum(int(answer["Attributes"][name]) for name in names)
            rows.append(Row(label, total, bad=total > 0 and logical_id == "DeadLetterQueue"))
        return rows

    def _holding(self, now: float) -> list[Panel]:
        table = self._resource("LedgerTable")
        api = connect(DYNAMODB, self._environ, credential_source(self._environ))
        at_ms = int(now * 1000)
        store, index = DynamoStateStore(api, table), WaitingIndex(api, table)
        return holding(store, index, self._destinations, self._routes, lambda: at_ms)

    def _resource(self, logical_id: str) -> str:
        if not self._resources:
            answer = self._client("cloudformation").describe_stack_resources(StackName=self._stack)
            found = answer["StackResources"]
            self._resources = {each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in found}
        if not (found := self._resources.get(logical_id, "")):
            raise NotInStackError(f"The stack {self._stack} has no {logical_id}. Is it a stack of template.yaml?")
        return found


def _newest(cloudwatch: Any, widget: Widget, begin: datetime, end: datetime) -> Panel:
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=queries(widget), StartTime=begin, EndTime=end, ScanBy="TimestampDescending"
    )
    return panel(widget, answer["MetricDataResults"])

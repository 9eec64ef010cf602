"""What the board reads: lag, ledgers, what is held, the demo's counts, and a stack on AWS."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from comboio.destination_state.memory import MemoryStateStore
from comboio.destination_state.state import SharedState
from comboio.drain.waiting import Waiting
from comboio.drain.waiting_index import WaitingIndex
from comboio.ledger.ledger import Incomplete, Ledger
from local.aws.queue import QueuedMessage
from local.demo.proof.paths import Paths
from local.kafka.retention import Window
from ops.watch import holding as held
from ops.watch import lag as lags
from ops.watch.counted import ERRORS, OUTCOMES, Counted
from ops.watch.deployed import DASHBOARD, NOW, DeployedStack
from ops.watch.holding import MOST_GROUPS, holding
from ops.watch.lag import Lag
from ops.watch.ledgers import unfinished
from ops.watch.local_stack import FOREIGN, reason_of
from ops.watch.panel import Panel, Row

AT_MS = 1_795_942_948_000


def rows(found: list[Panel]) -> dict[str, list[Row]]:
    return {panel.title: list(panel.rows) for panel in found}


def test_lag_is_known_at_once_and_rates_at_the_second_look() -> None:
    """Records add up by topic, the worst partition stands for itself, and a rate needs two looks."""
    lag = Lag()
    first = rows(lag.panels([Window("t", 0, 0, 100, 90), Window("t", 1, 0, 50, 20), Window("u", 0, 0, 5, 5)], 10.0))
    assert first[lags.SUM] == [Row("t", 40), Row("u", 0)]
    assert first[lags.WORST] == [Row("t", 30), Row("u", 0)]
    assert [row.value for row in first[lags.THROUGHPUT]] == [None, None]
    second = rows(lag.panels([Window("t", 0, 0, 120, 100), Window("t", 1, 0, 70, 20), Window("u", 0, 0, 5, 5)], 14.0))
    assert [row.value for row in second[lags.THROUGHPUT]] == [10.0, 2.5]


def test_lag_in_seconds_says_whether_it_may_be_more() -> None:
    """What was there before the first look is at least as old; what came since is as old as it is."""
    lag = Lag()
    lag.panels([Window("t", 0, 0, 100, 90)], 0.0)
    (old,) = rows(lag.panels([Window("t", 0, 0, 200, 90)], 60.0))[lags.AGE]
    assert (old.value, old.at_least, old.bad) == (60.0, True, True)
    (new,) = rows(lag.panels([Window("t", 0, 0, 200, 150)], 61.0))[lags.AGE]
    assert (new.value, new.at_least) == (31.0, False)


def test_the_oldest_unfinished_counts_what_was_deferred_too() -> None:
    """An incomplete and a deferred offset are both undone; an empty table has nothing old."""
    ledger = Ledger(incomplete={5: Incomplete(since=AT_MS - 2_000)}, deferred=((7, 9),), deferred_since=AT_MS - 9_000)
    age, pending = unfinished(iter([Ledger(), ledger]), AT_MS)
    assert (age.rows[0].value, pending.rows[0].value) == (9.0, 4)
    age, pending = unfinished(iter([]), AT_MS)
    assert (age.rows[0].value, pending.rows[0].value) == (0.0, 0)


class Index:
    """An index of what waits, with some groups."""

    def __init__(self, groups: int) -> None:
        self.read_so_far = 0
        self._groups = groups

    def read(self) -> Iterator[Waiting]:
        for _ in range(self._groups):
            self.read_so_far += 1
            yield Waiting("partner", "t", 0, 10, {}, AT_MS - 5_000, 1, "", AT_MS, AT_MS)


def look(store: MemoryStateStore, index: Index) -> dict[str, Panel]:
    found = holding(store, cast(WaitingIndex, index), ["partner", "events"], ["default", "slow"], lambda: AT_MS)
    return {panel.title: panel for panel in found}


def test_each_destination_has_its_state_and_what_waits_for_it() -> None:
    """A route is only shown while it is paused; records of all groups add up."""
    store = MemoryStateStore()
    store.write("destination#partner", SharedState(pause_ms=1000, open_until=AT_MS + 800))
    store.write("route#slow", SharedState(paused_since=AT_MS - 1, paused_by="ana"))
    found = look(store, Index(3))
    states = {row.label: (row.value, row.bad) for row in found[held.STATES].rows}
    assert states["partner"] == ("circuit open; the next probe in 1 s", True)
    assert states["events"] == ("sends", False)
    assert str(states["route slow"][0]).startswith("paused since") and "route default" not in states
    assert found[held.HELD].rows == [Row("partner", 30)]
    assert found[held.OLDEST].rows == [Row("partner", 5.0)]


def test_an_index_of_any_size_is_read_in_part() -> None:
    """A look costs a bounded read, and says that there is more."""
    index = Index(10 * MOST_GROUPS)
    assert "there is more" in look(MemoryStateStore(), index)[held.HELD].note
    assert index.read_so_far <= MOST_GROUPS + 1


def test_the_demo_s_files_are_read_as_they_grow(tmp_path: Path) -> None:
    """Rates are of what came since the look before, over all consumers, also those that join late."""
    paths, batch = Paths(tmp_path), dict.fromkeys(("records", "dispatched", "duplicates", "held", "failed", "dead"), 0)
    counted = Counted(tmp_path)
    counted.panels(0.0)
    for name in "AC":
        paths.batches(name).write_text(json.dumps({**batch, "records": 100, "duplicates": 20}) + "\n")
        paths.consumer_stats(name).write_text(json.dumps({"totals": {"failed_invocations": 2}}) + "\n")
    found = rows(counted.panels(2.0))
    assert {row.label: row.value for row in found[OUTCOMES]}["Duplicates"] == 20.0
    assert found[ERRORS][0].value == 4
    assert {row.label: row.value for row in rows(counted.panels(4.0))[OUTCOMES]}["RecordsIn"] == 0.0


@pytest.mark.parametrize("body", ["", "{}", "[]", "a text"])
def test_a_message_that_is_no_letter_is_counted_too(body: str) -> None:
    """Whatever somebody put into the dead-letter queue has a row, and ends no look."""
    assert reason_of(QueuedMessage("id", body, {}, None, None, AT_MS)) == FOREIGN


class Account:
    """An AWS account with one stack; a call in `denied` is refused."""

    BODY = json.dumps({"widgets": [{"properties": {"title": "Lag", "period": 60, "metrics": [["N", "M"]]}}]})

    def __init__(self, *denied: str) -> None:
        self.denied = denied
        self.asked: list[dict[str, Any]] = []

    def client(self, service: str) -> Any:
        return SimpleNamespace(
            describe_stack_resources=lambda **_: self._answer("DescribeStackResources", RESOURCES),
            get_dashboard=lambda **_: self._answer("GetDashboard", {"DashboardBody": self.BODY}),
            get_metric_data=self._metrics,
            get_queue_attributes=lambda **given: self._answer(
                "GetQueueAttributes", {"Attributes": dict.fromkeys(given["AttributeNames"], "2")}
            ),
        )

    def _metrics(self, **given: Any) -> Any:
        self.asked.append(given)
        return self._answer("GetMetricData", {"MetricDataResults": [{"Id": "line0", "Label": "M", "Values": [7.0]}]})

    def _answer(self, action: str, answer: Any) -> Any:
        if action in self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, action)
        return answer


RESOURCES = {
    "StackResources": [
        {"LogicalResourceId": name, "PhysicalResourceId": f"the-{name}"}
        for name in ("Dashboard", "DeadLetterQueue", "ParkingQueue", "HoldQueue", "LedgerTable")
    ]
}
NO_AWS = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}
"""An environment in which DynamoDB does not answer."""


def aws(account: Account) -> dict[str, Panel]:
    stack = DeployedStack("comboio", NO_AWS, (["partner"], ["default"]), account.client)
    return {panel.title: panel for panel in stack.look(datetime(2026, 11, 29, 10, 3, 30, tzinfo=UTC).timestamp())}


def test_a_stack_on_aws_is_read_by_its_own_dashboard() -> None:
    """The dashboard's body says what to ask for; queues are read as they are now; a table that is away says so."""
    account = Account()
    found = aws(account)
    assert found["Lag"].rows == [Row("M", 7.0)]
    assert account.asked[0]["EndTime"] == datetime(2026, 11, 29, 10, 3, tzinfo=UTC)
    assert found[NOW].rows == [Row("dead letters", 4, bad=True), Row("parked", 4), Row("held", 4)]
    assert "dynamodb" in found[held.STATES].note


@pytest.mark.parametrize(
    ("denied", "place", "right"),
    [
        ("DescribeStackResources", DASHBOARD, "cloudformation:DescribeStackResources"),
        ("DescribeStackResources", held.HELD, "cloudformation:DescribeStackResources"),
        ("GetDashboard", DASHBOARD, "cloudwatch:GetDashboard"),
        ("GetMetricData", "Lag", "cloudwatch:GetMetricData"),
        ("GetQueueAttributes", NOW, "sqs:GetQueueAttributes"),
    ],
)
def test_a_missing_right_is_said_where_it_is_missed(denied: str, place: str, right: str) -> None:
    """The panel that needs it says which, and the others go on."""
    found = aws(Account(denied))
    assert found[place].note == f"Not allowed: your role needs {right}."
    assert denied in ("DescribeStackResources", "GetQueueAttributes") or found[NOW].rows
    assert denied != "GetQueueAttributes" or found["Lag"].rows

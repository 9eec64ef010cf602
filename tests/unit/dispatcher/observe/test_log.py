"""What a batch's log and metrics say, and what they never say."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from comboio.routing.router import Router
from comboio.routing.table import load
from dispatcher.fault import Fault, FaultKind
from dispatcher.observe.log import MAX_ERROR, MAX_LINES, LogReporter
from dispatcher.observe.report import BatchReport
from dispatcher.parcel import Outcome, Parcel
from dispatcher.routes.outlets import Outlets
from dispatcher.send.destination_state import DestinationState
from dispatcher.send.traffic import Traffic
from dispatcher.stage_reporter import ReloadResult
from tests.support.dispatcher import Downstream, parcel

TABLE = load('version = 1\n[destinations.a]\ntype = "sqs"\n[default]\nto = ["a"]', {})


class Journal:
    """A reporter, and what it wrote."""

    def __init__(self, **environ: str) -> None:
        self._stream = io.StringIO()
        self.written: list[str] = []
        logger = Logger(service=f"test-{id(self._stream)}", stream=self._stream)
        self.reporter = LogReporter(environ, logger, self.written.append)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log lines."""
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """The metrics' lines."""
        return [json.loads(line) for line in self.written]

    @property
    def text(self) -> str:
        """All of it."""
        return self._stream.getvalue() + "\n".join(self.written)

    def publish(self, parcels: list[Parcel]) -> None:
        """Publish a batch of these parcels, with a call to one destination."""
        report = BatchReport(records=len(parcels), partitions=1)
        report.outlets = Outlets(Router(TABLE), {"a": DestinationState(Downstream("a"))})
        report.traffic = {"a": Traffic()}
        report.traffic["a"].answered([None], 0.001)
        report.concluded(parcels)
        self.reporter.batch(report, parcels)


def secret(offset: int, end: Callable[[Parcel], None]) -> Parcel:
    """Return a parcel whose key and body must not be told, and its end."""
    one = parcel(offset, TABLE.fallback, value=b'{"secret":"SECRET"}')
    one.record.key = b"SECRET-KEY"
    end(one)
    return one


def dies(one: Parcel) -> None:
    """End as dead."""
    one.dead_letter("malformed", "not JSON")


def fails(one: Parcel) -> None:
    """End as failed, to be redelivered."""
    one.outcome = Outcome.FAILED
    one.add_fault("a", Fault(FaultKind.TRANSIENT, "no luck"))


def goes(one: Parcel) -> None:
    """End as dispatched."""
    one.outcome = Outcome.DISPATCHED


def test_a_batch_has_a_line_with_its_counts() -> None:
    """One line tells how many records came and what became of them."""
    journal = Journal()
    journal.publish([secret(0, goes), secret(1, dies)])
    *_, line = journal.lines
    assert (line["message"], line["records"], line["partitions"]) == ("batch", 2, 1)
    assert line["outcomes"]["dispatched"] == line["outcomes"]["dead"] == 1
    assert line["dead_by_reason"] == {"malformed": 1}


@pytest.mark.parametrize(("end", "error"), [(dies, "not JSON"), (fails, "no luck")])
def test_the_first_unlucky_records_are_named(end: Callable[[Parcel], None], error: str) -> None:
    """So many dead and failed records have a line with position, correlation id, route, reason and error."""
    journal = Journal()
    journal.publish([secret(offset, end) for offset in range(MAX_LINES + 5)])
    named = [line for line in journal.lines if "position" in line]
    assert len(named) == MAX_LINES
    assert (named[0]["position"], named[0]["error"], named[0]["route"]) == ("t-0:0", error, "default")
    assert named[0]["record_correlation_id"] == "c-0"


def unread(one: Parcel) -> None:
    """End as one whose schema is not known now."""
    one.error = "The schema registry did not answer."
    one.hold(deferred=True)


def test_a_batch_says_once_why_records_wait() -> None:
    """Those that could not be read have no fault of a destination, and the log would be silent of them."""
    journal = Journal()
    journal.publish([secret(0, goes), secret(1, unread), secret(2, unread), secret(3, Parcel.hold)])
    (line,) = [line for line in journal.lines if line["message"] == "records wait"]
    assert (line["records"], line["position"]) == (2, "t-0:1")
    assert line["error"] == "The schema registry did not answer."


def test_no_key_and_no_body_is_told() -> None:
    """Whatever becomes of records, neither log nor metrics have anything of their content."""
    journal = Journal()
    journal.publish([secret(offset, end) for offset, end in enumerate((goes, dies, fails, unread) * 20)])
    assert "SECRET" not in journal.text and "secret" not in journal.text


def test_a_long_error_is_cut() -> None:
    """A service that answers with a page does not fill the log."""
    journal = Journal()
    journal.publish([secret(0, lambda one: one.dead_letter("permanent", "x" * 10_000))])
    assert len(journal.lines[0]["error"]) == MAX_ERROR


def test_metrics_are_what_cloudwatch_reads() -> None:
    """Each line has namespace, dimensions with a value each, and for every metric its unit and numbers."""
    journal = Journal()
    journal.publish([secret(0, goes), secret(1, dies)])
    dimensions = []
    for line in journal.metrics:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Comboio" and line["_aws"]["Timestamp"] > 1_700_000_000_000
        (names,) = directive["Dimensions"]
        dimensions.append({name: line[name] for name in names})
        for metric in directive["Metrics"]:
            assert metric["Unit"] in ("Count", "Milliseconds", "Seconds")
            assert line[metric["Name"]] and all(type(value) in (int, float) for value in line[metric["Name"]])
    service = {"service": "comboio-dispatcher"}
    assert dimensions[0] == service
    assert {**service, "route": "default"} in dimensions and {**service, "destination": "a"} in dimensions
    assert {**service, "reason": "malformed"} in dimensions


def test_the_environment_names_namespace_and_service() -> None:
    """Powertools' variables are used where they are set."""
    journal = Journal(POWERTOOLS_METRICS_NAMESPACE="Fleet", POWERTOOLS_SERVICE_NAME="mine")
    journal.publish([])
    assert all(line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Fleet" for line in journal.metrics)
    assert {line["service"] for line in journal.metrics} == {"mine"}


@pytest.mark.parametrize(
    ("environ", "disabled"),
    [
        ({"POWERTOOLS_METRICS_DISABLED": "true"}, True),
        ({"POWERTOOLS_METRICS_DISABLED": "1", "POWERTOOLS_DEV": "0"}, True),
        ({"POWERTOOLS_DEV": "True"}, True),
        ({"POWERTOOLS_METRICS_DISABLED": "false", "POWERTOOLS_DEV": "true"}, False),
        ({}, False),
    ],
)
def test_metrics_can_be_switched_off(environ: dict[str, str], disabled: bool) -> None:
    """Powertools' own switches leave the log line, and no metrics."""
    journal = Journal(**environ)
    journal.publish([secret(0, goes)])
    assert (journal.written == [], len(journal.lines)) == (disabled, 1)


def test_a_warning_has_its_facts() -> None:
    """A warning is a line with the facts beside it."""
    journal = Journal()
    journal.reporter.warning("what happened", {"partition": "t-0"})
    (line,) = journal.lines
    assert (line["level"], line["message"], line["partition"]) == ("WARNING", "what happened", "t-0")


@pytest.mark.parametrize(("news", "level"), [(ReloadResult.CHANGED, "INFO"), (ReloadResult.BROKEN, "ERROR")])
def test_the_table_has_a_line_and_a_metric(news: ReloadResult, level: str) -> None:
    """ReloadResult of the routing table can be read and counted; trouble is an error."""
    journal = Journal()
    journal.reporter.table(news, "what happened")
    assert [(line["level"], line["message"]) for line in journal.lines] == [(level, "what happened")]
    assert [line[f"RoutingTable{news.value}"] for line in journal.metrics] == [[1]]

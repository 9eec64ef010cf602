"""What a batch's log and metrics say, and what they never say."""

import io
import json
from typing import Any

from aws_lambda_powertools import Logger

from dispatcher.parcel import Outcome, Parcel
from dispatcher.report import BatchReport
from dispatcher.telemetry import MAX_LINES, publisher, warner
from tests.unit.dispatcher.harbour import parcel


def published(parcels: list[Parcel]) -> list[dict[str, Any]]:
    """The log lines of a batch of these parcels."""
    stream = io.StringIO()
    logger = Logger(service=f"test-{id(stream)}", stream=stream)
    report = BatchReport(records=len(parcels), partitions=1)
    report.concluded(parcels)
    publisher(logger, lambda sets: None)(report, parcels)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def dead(offset: int) -> Parcel:
    """A dead parcel with a body that must not be told."""
    one = parcel(offset, value=b'{"secret":"SECRET"}')
    one.die("malformed", "not JSON")
    return one


def test_a_batch_has_a_line_with_its_counts() -> None:
    """One line tells how many records came and what became of them."""
    good = parcel(0)
    good.outcome = Outcome.DISPATCHED
    *_, line = published([good, dead(1)])
    assert (line["message"], line["records"], line["partitions"]) == ("batch", 2, 1)
    assert line["outcomes"]["dispatched"] == line["outcomes"]["dead"] == 1
    assert line["dead_by_reason"] == {"malformed": 1}


def test_the_first_unlucky_records_are_named_without_their_bodies() -> None:
    """So many dead and failed records have a line with position, reason and error; no line has any payload."""
    lines = published([dead(offset) for offset in range(MAX_LINES + 5)])
    named = [line for line in lines if "position" in line]
    assert len(named) == MAX_LINES
    assert (named[0]["position"], named[0]["reason"], named[0]["error"]) == ("t-0:0", "malformed", "not JSON")
    assert named[0]["record_correlation_id"] == "c-0"
    assert "SECRET" not in json.dumps(lines)


def test_a_warning_has_its_facts() -> None:
    """A warning is a line with the facts beside it."""
    stream = io.StringIO()
    warner(Logger(service=f"test-{id(stream)}", stream=stream))("what happened", {"partition": "t-0"})
    line = json.loads(stream.getvalue())
    assert (line["level"], line["message"], line["partition"]) == ("WARNING", "what happened", "t-0")

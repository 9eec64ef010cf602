"""Purges are confirmed, wrong requests change nothing, and long runs can be continued."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.dlq_replayer.deployed_replayer import DeployedReplayer, InProcess, letter


def test_purge_takes_what_was_inspected_and_no_more(deployed: DeployedReplayer) -> None:
    """A purge leaves letters that came after its inspect, and letters that its filter does not select."""
    deployed.put(*(letter(offset) for offset in range(6)), letter(50, 301))
    token = deployed.ask(action="inspect", filter={"codigo": 300})["confirmation"]
    time.sleep(0.01)
    deployed.put(letter(7))
    assert "faults" in deployed.ask(action="purge", confirm=token)
    assert "faults" in deployed.ask(action="purge", filter={"codigo": 300}, confirm="1-2-3")
    assert len(deployed.bodies(deployed.dlq)) == 8
    answer = deployed.ask(action="purge", filter={"codigo": 300}, confirm=token)
    assert answer["counts"]["purged"] == 6
    left = sorted(json.loads(body)["offset"] for body in deployed.bodies(deployed.dlq))
    assert left == [7, 50]


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"action": "delete"}, "action"),
        ({}, "action"),
        ({"action": "replay", "filter": {"reasons": "malformed"}}, "filter.reasons"),
        ({"action": "replay", "filter": {"since": "yesterday"}}, "filter.since"),
        ({"action": "replay", "filter": {"since": "2026-11-22T15:00:00"}}, "filter.since"),
        ({"action": "replay", "rate_per_s": 0}, "rate_per_s"),
        ({"action": "replay", "max_messages": 0}, "max_messages"),
        ({"action": "replay", "source": "the-other-one"}, "source"),
        ({"action": "replay", "target": "kafka"}, "target"),
        ({"action": "purge"}, "request"),
    ],
)
def test_a_wrong_request_names_the_field_and_what_is_allowed(
    deployed: DeployedReplayer, request_: dict[str, Any], field: str
) -> None:
    """A wrong request changes nothing: the letter is there, visible and never received."""
    deployed.put(letter(1))
    answer = deployed.ask(**request_)
    assert [fault["field"] for fault in answer["faults"]] == [field]
    assert all(fault["allowed"] for fault in answer["faults"])
    assert deployed.visible(deployed.dlq) == 1
    assert deployed.heard.lines[-1][0] == "refused"


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_queue_or_a_bucket_that_is_not_there_is_the_source_s_fault(deployed: DeployedReplayer) -> None:
    """A queue or a bucket that does not exist is named in the answer."""
    missing = {"DEAD_LETTER_QUEUE_URL": deployed.dlq + "-gone"}
    for answer in (
        deployed.ask(action="replay", environ=missing),
        deployed.ask(action="replay", source="s3://no-such-bucket-anywhere/aws/lambda/"),
    ):
        assert answer["faults"][0]["field"] == "source"
        assert "There is no" in answer["faults"][0]["error"]


class Slow:
    """A dispatcher that needs a while."""

    def __init__(self, function: InProcess, seconds: float) -> None:
        self._function = function
        self._seconds = seconds

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        """See Function."""
        time.sleep(self._seconds)
        return self._function.invoke(event)

    def start(self, event: bytes) -> None:
        """See Function."""
        raise NotImplementedError


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_run_that_stops_for_time_goes_on_where_it_stopped(deployed: DeployedReplayer) -> None:
    """Continuations that are sent until there is none take every letter, and keep counting."""
    letters = [letter(offset, key=b"%d" % offset) for offset in range(120)]
    deployed.put(*letters)
    dispatcher = Slow(InProcess(deployed.dispatcher_environ), 0.2)
    few = {"REPLAYER_BATCH": "5", "REPLAYER_WORKERS": "2"}
    request: dict[str, Any] = {"action": "replay", "requested_by": "ana"}
    invocations = 0
    while request:
        answer = deployed.ask(timeout_s=3.2, dispatcher=dispatcher, environ=few, **request)
        request = answer.get("continuation") or {}
        invocations += 1
        assert deployed.visible(deployed.dlq) == len(deployed.bodies(deployed.dlq))
    assert invocations > 1
    assert answer["invocation"] == invocations
    assert answer["counts"]["replayed"] == 120
    assert sorted(deployed.dispatched()) == sorted(f"e-{each.offset}" for each in letters)


def test_the_rate_is_kept(deployed: DeployedReplayer) -> None:
    """At most a second's worth of letters goes at once, and the others at the rate."""
    deployed.put(*(letter(offset) for offset in range(30)))
    began = time.monotonic()
    assert deployed.ask(action="replay", rate_per_s=15)["counts"]["replayed"] == 30
    assert time.monotonic() - began >= 0.9

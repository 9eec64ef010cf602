"""The built function answers under the Runtime Interface Emulator as it does in a process, and is stopped there."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comboio.contract.cluster import cluster_of
from consumer.invoke.emulator import Emulator
from consumer.invoke.invoke import InvocationError
from local import port as ports
from local.aws import Deployment
from local.invoke import FUNCTION, WAYS, invoking
from local.rie import rie
from tests.support import recorded_events

pytestmark = pytest.mark.xdist_group("aws")


def forget(deployment: Deployment) -> None:
    """Empty the ledger, so that the next invocation of an event is the first."""
    dynamodb, table = deployment.aws.client("dynamodb"), deployment.resource("LedgerTable")
    keys = [each["AttributeName"] for each in dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]]
    for item in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.delete_item(TableName=table, Key={key: item[key] for key in keys})


def sent(deployment: Deployment) -> int:
    """Count what is in the queues: what was dispatched, and dead letters."""
    sqs = deployment.aws.client("sqs")
    counts = [
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        for url in deployment.resources.values()
        if str(url).startswith("http") and "Queue" in str(url)
    ]
    return sum(int(each["ApproximateNumberOfMessages"]) for each in counts)


@pytest.mark.usefixtures("built_function")
def test_every_event_has_the_same_answer_in_every_way(deployment: Deployment) -> None:
    """Byte by byte; and every way dispatches as much as the others, so that the answers are not those of duplicates."""
    clusters = {cluster_of(recorded_events.event(name)) for name in recorded_events.NAMES}
    function = deployment.function(FUNCTION)
    environment = {**function.environment, "DISPATCHER_CLUSTERS": ",".join(sorted(clusters))}
    contents = {name: json.dumps(recorded_events.event(name)).encode() for name in recorded_events.NAMES}
    answers: dict[str, dict[str, str]] = {}
    arrived = {}
    for way in WAYS:
        forget(deployment)
        before = sent(deployment)
        with invoking(way, replace(function, environment=environment)) as invoke:
            answers[way] = {name: invoke(content) for name, content in contents.items()}
        arrived[way] = sent(deployment) - before
    assert answers["rie"] == answers["process"] == answers["endpoint"]
    assert arrived["rie"] == arrived["process"] == arrived["endpoint"] > 0


CODE = """
import os, time
def handler(event, context):
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "exit" in event:
        os._exit(3)
    if "raise" in event:
        raise ValueError(event["raise"])
    return {"pid": os.getpid(), "size": len(str(event)), "big": "x" * event.get("big", 0)}
"""


@pytest.fixture(scope="module")
def url(built_function: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a function under the emulator that does what its event says."""
    folder = tmp_path_factory.mktemp("code")
    (folder / "behaves.py").write_text(CODE, encoding="utf-8")
    with rie("behaves.handler", {}, 1, 128, [folder]) as place:
        yield place


@pytest.fixture
def invoke(url: str) -> Callable[[dict[str, Any]], Any]:
    """Invoke it with an event."""
    function = Emulator(url, 1)
    return lambda event: function.invoke(json.dumps(event).encode(), "id")


def gone(pid: int) -> bool:
    """Return whether a process has ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"sleep": 30}, "the function was stopped: Task timed out after 1.00 seconds"),
        ({"exit": 1}, "Runtime.ExitError"),
        ({"big": 7_000_000}, "ResponseSizeTooLarge"),
    ],
)
def test_a_function_that_hangs_dies_or_says_too_much_fails_and_is_started_anew(
    invoke: Callable[[dict[str, Any]], Any], event: dict[str, Any], reason: str
) -> None:
    """A timeout really ends the process, and the next event finds a new one; all of it counts as an attempt."""
    before = invoke({})["pid"]
    with pytest.raises(InvocationError, match=reason) as caught:
        invoke(event)
    assert caught.value.reached
    after = invoke({})["pid"]
    if "sleep" in event or "exit" in event:
        assert gone(before)
        assert after != before


@pytest.mark.robustness("handlers that raise, hang, return nonsense or change their arguments")
def test_what_the_function_raises_fails_the_batch_in_one_line(invoke: Callable[[dict[str, Any]], Any]) -> None:
    """The emulator has no error header: the answer says it; and the process goes on."""
    before = invoke({})["pid"]
    with pytest.raises(InvocationError, match="ValueError: a b") as caught:
        invoke({"raise": "a\nb"})
    assert caught.value.reached
    assert invoke({})["pid"] == before


def test_nothing_keeps_running_and_the_port_is_free(built_function: None, tmp_path: Path) -> None:
    """After the block the function's process has ended, and nobody answers; that costs a record no attempt."""
    (tmp_path / "behaves.py").write_text(CODE, encoding="utf-8")
    with rie("behaves.handler", {}, 1, 128, [tmp_path]) as place:
        function = Emulator(place, 1)
        pid = function.invoke(b"{}", "id")["pid"]
    assert gone(pid)
    assert not ports.answers(int(place.rpartition(":")[2]))
    with pytest.raises(InvocationError, match="does not answer") as caught:
        function.invoke(b"{}", "id")
    assert not caught.value.reached

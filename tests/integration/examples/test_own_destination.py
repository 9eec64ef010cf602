"""The example of a destination of one's own works as docs/how-to/extend.md says."""

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from comboio.aws.http import Answer
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import Destination
from dispatcher.destinations.entry import Entry
from dispatcher.fault import FaultKind
from examples import own_destination
from local.aws import Aws
from tests.support.aws_wire import Wire
from tests.support.dispatcher import event, parcel, payload, raw, route

ROOT = Path(own_destination.__file__).parents[1]

PROGRAM = """
import json, os, sys, time
from comboio.invocation import Invocation
from dispatcher.wiring import build
now = time.time_ns() // 1_000_000
print(json.dumps(build(os.environ).dispatcher.dispatch(json.load(sys.stdin), Invocation("owner", now + 30_000))))
"""


def made(wire: Wire) -> Destination:
    """Return the destination as a table's section makes it."""
    spec = DestinationSpec.model_validate({"type": "cloudwatch_logs", "target": "group", "stream": "trucks"})
    return own_destination.log_stream("audit", spec, wire.clients)


def entries(where: Destination, number: int) -> list[Entry]:
    """Return entries of one message each."""
    way = route()
    parcels = [parcel(n, way, payload(event_id=f"e-{n}")) for n in range(number)]
    return [Entry([one], *where.make([one])) for one in parcels]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, b"{}"), None),
        (Answer(200, b'{"rejectedLogEventsInfo": {"tooOldLogEventEndIndex": 1}}'), FaultKind.TRANSIENT),
        (Answer(400, b'{"__type": "InvalidParameterException"}'), FaultKind.PERMANENT),
        (Answer(400, b'{"__type": "ResourceNotFoundException"}'), FaultKind.TRANSIENT),
        (Answer(400, b'{"__type": "ThrottlingException"}'), FaultKind.THROTTLED),
    ],
)
def test_an_answer_is_judged(answer: Answer, expected: FaultKind | None) -> None:
    """Only a fault of the messages is permanent; each entry of a call gets the call's fault."""
    where = made(Wire(lambda body: answer))
    faults = where.send(entries(where, 3))
    assert [fault and fault.kind for fault in faults] == [expected] * 3


def test_a_call_is_within_the_service_s_limits() -> None:
    """What is sent is as large as the destination said, with the service's own count of an event."""
    wire = Wire()
    where = made(wire)
    sent = entries(where, 5)
    where.send(sent)
    [(_, body)] = wire.posted
    events = json.loads(body)["logEvents"]
    assert [len(each["message"].encode()) + 26 for each in events] == [each.size for each in sent]


def test_it_is_added_as_the_how_to_says(aws: Aws, tmp_path: Path) -> None:
    """With the file copied and its line added to KINDS, a routing table sends to it, and the events arrive."""
    functions = tmp_path / "functions"
    shutil.copytree(ROOT / "functions", functions, ignore=shutil.ignore_patterns("__pycache__"))
    kinds = functions / "dispatcher" / "destinations" / "__init__.py"
    shutil.copy(ROOT / "examples" / "own_destination.py", kinds.with_name("cloudwatch_logs.py"))
    [line] = re.findall(r"`(\"cloudwatch_logs\": .*?)`", own_destination.__doc__ or "")
    before = kinds.read_text(encoding="utf-8")
    kinds.write_text(before.replace("KINDS = {\n", f"KINDS = {{\n    {line},\n", 1), encoding="utf-8")
    group = f"/comboio/{uuid.uuid4().hex[:8]}"
    logs = aws.client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="comboio")
    table = tmp_path / "routes.toml"
    table.write_text(
        f'version = 1\n[destinations.audit]\ntype = "cloudwatch_logs"\ntarget = "{group}"\n[default]\nto = ["audit"]\n',
        encoding="utf-8",
    )
    name = group.replace("/", "-").lstrip("-")
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    environ = {
        **aws.environment,
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(functions),
        "LEDGER_TABLE": name,
        "DEAD_LETTER_QUEUE_URL": aws.client("sqs").create_queue(QueueName=name)["QueueUrl"],
        "DISPATCHER_ROUTES_FILE": str(table),
    }
    batch = json.dumps(event(*(raw(offset, payload(event_id=f"e-{offset}")) for offset in range(3))))
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, input=batch, env=environ, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"batchItemFailures": []}
    arrived = logs.get_log_events(logGroupName=group, logStreamName="comboio")["events"]
    assert [json.loads(each["message"])["message"]["event_id"] for each in arrived] == ["e-0", "e-1", "e-2"]

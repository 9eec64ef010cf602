"""The examples of receivers take what Comboio's destinations send."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from comboio.contract import unpack
from comboio.contract.unpack import Message
from dispatcher.destinations.destination import Destination
from dispatcher.destinations.entry import Entry
from dispatcher.fault import Fault, FaultKind
from dispatcher.parcel import Parcel
from examples import receive_kinesis, receive_sqs, receive_webhook
from local.aws import Aws
from tests.integration.destinations.test_delivery import destination, group, named, send, until

EXAMPLES = Path(receive_sqs.__file__).parent


def event_ids(messages: Sequence[Message]) -> list[str]:
    """Return the messages' own ids, in order."""
    return [message.message["event_id"] for message in messages]


def test_sqs_messages_and_packs_are_received_once(aws: Aws) -> None:
    """The loop gets single messages and packs from a queue, and a message that comes again is handled once."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=named())["QueueUrl"]
    alone, packed = group([1]), group(range(2, 5), pack=5)
    for _ in range(2):
        send(destination(aws, "sqs", url), alone, packed)
    handled: list[Message] = []
    once = receive_sqs.Once(handled.append)
    while receive_sqs.receive(sqs, url, once, wait_s=0):
        pass
    assert sorted(event_ids(handled)) == ["e-1", "e-2", "e-3", "e-4"]
    assert {message.id for message in handled} == {parcel.record.id for parcel in [*alone, *packed]}


def test_a_message_that_cannot_be_handled_stays_in_the_queue(aws: Aws) -> None:
    """The loop deletes only what it has handled."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=named(), Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    send(destination(aws, "sqs", url), group([1]))

    def fail(message: Message) -> None:
        raise RuntimeError("no")

    assert receive_sqs.receive(sqs, url, receive_sqs.Once(fail), wait_s=0) == 1
    handled: list[Message] = []
    assert receive_sqs.receive(sqs, url, receive_sqs.Once(handled.append), wait_s=0) == 1
    assert event_ids(handled) == ["e-1"]


def test_the_sqs_handler_reports_the_message_that_failed() -> None:
    """Of a Lambda event with a good message, an unreadable one and one that fails, two are reported, by their ids."""

    def fail_on_two(message: Message) -> None:
        if message.message["n"] == 2:
            raise RuntimeError("no")

    records = [{"messageId": f"m{n}", "body": json.dumps({"n": n})} for n in (1, 2)]
    event = {"Records": [*records, {"messageId": "m3", "body": "no JSON"}]}
    answer = receive_sqs.handler(event, None, receive_sqs.Once(fail_on_two))
    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == ["m2", "m3"]


def kinesis_event(aws: Aws, stream: str) -> dict[str, Any]:
    """Return a stream's records as the Lambda event that its mapping would make of them."""
    kinesis = aws.client("kinesis")
    shards = kinesis.describe_stream(StreamName=stream)["StreamDescription"]["Shards"]
    records = []
    for shard in shards:
        place = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        for each in kinesis.get_records(ShardIterator=place)["Records"]:
            data = base64.b64encode(each["Data"]).decode()
            records.append({"kinesis": {"data": data, "sequenceNumber": each["SequenceNumber"]}})
    return {"Records": records}


def test_kinesis_records_are_received_and_resumed(aws: Aws) -> None:
    """The handler takes messages and packs; the first that fails is where Lambda resumes, and none is skipped."""
    kinesis, stream = aws.client("kinesis"), named()
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    until(lambda: kinesis.describe_stream(StreamName=stream)["StreamDescription"]["StreamStatus"] == "ACTIVE")
    send(destination(aws, "kinesis", stream), group([1]), group(range(2, 5), pack=5), group([5]))
    event = kinesis_event(aws, stream)
    handled: list[Message] = []

    def fail_once_on_three(message: Message) -> None:
        if message.message["event_id"] == "e-3" and "e-3" not in failed:
            failed.append("e-3")
            raise RuntimeError("no")
        handled.append(message)

    failed: list[str] = []
    answer = receive_kinesis.handler(event, None, fail_once_on_three)
    [resume] = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
    numbers = [record["kinesis"]["sequenceNumber"] for record in event["Records"]]
    again = {"Records": event["Records"][numbers.index(resume) :]}
    assert receive_kinesis.handler(again, None, fail_once_on_three) == {"batchItemFailures": []}
    assert sorted(set(event_ids(handled))) == ["e-1", "e-2", "e-3", "e-4", "e-5"]
    assert event_ids(handled).count("e-5") == 1


@contextmanager
def running(handle: receive_webhook.Handle) -> Iterator[str]:
    """Run the receiver of webhooks, and give its address."""
    server = receive_webhook.server(0, "Bearer right", handle)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def post(where: Destination, parcels: Sequence[Parcel]) -> list[Fault | None]:
    """Make one call of single messages."""
    return list(where.send([Entry([one], *where.make([one])) for one in parcels]))


def test_webhook_calls_are_received_once(aws: Aws) -> None:
    """A call's messages arrive together, and a call that is repeated is taken without being handled again."""
    calls: list[list[str]] = []
    with running(lambda messages: calls.append(event_ids(messages))) as url:
        where = destination(aws, "webhook", url, 'authorization = "Bearer right"')
        assert post(where, group(range(3))) == [None] * 3
        assert post(where, group(range(1, 4))) == [None] * 3
    assert calls == [["e-0", "e-1", "e-2"], ["e-3"]]


def test_a_webhook_says_what_is_to_be_done(aws: Aws) -> None:
    """A receiver that is busy slows Comboio down, one that fails is tried again, and a wrong secret is waited for."""

    def busy(messages: Sequence[Message]) -> None:
        raise receive_webhook.BusyError(7)

    def fail(messages: Sequence[Message]) -> None:
        raise RuntimeError("no")

    for handle, secret, kind in (
        (busy, "Bearer right", FaultKind.THROTTLED),
        (fail, "Bearer right", FaultKind.TRANSIENT),
        (fail, "Bearer wrong", FaultKind.TRANSIENT),
    ):
        with running(handle) as url:
            [fault] = post(destination(aws, "webhook", url, f'authorization = "{secret}"'), group([1]))
        assert fault is not None
        assert fault.kind is kind


@pytest.mark.parametrize("name", ["receive_sqs.py", "receive_kinesis.py", "receive_webhook.py"])
def test_a_receiver_needs_one_file_of_comboio(name: str, tmp_path: Path) -> None:
    """With unpack.py copied beside it, a receiver is imported where Comboio is not installed."""
    shutil.copy(Path(unpack.__file__), tmp_path / "unpack.py")
    source = (EXAMPLES / name).read_text(encoding="utf-8").replace("from comboio.contract.unpack", "from unpack")
    (tmp_path / name).write_text(source, encoding="utf-8")
    program = f"import sys; sys.path[:0] = [{str(tmp_path)!r}]; import {name.removesuffix('.py')}"
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, env=environment)  # noqa: S603
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["receive_sqs.py", "receive_webhook.py", "own_consumer.py"])
def test_an_example_without_its_arguments_says_what_to_give_it(name: str) -> None:
    """Whoever starts it bare reads one line with a command to copy, and no traceback."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, str(EXAMPLES / name)], capture_output=True, text=True, env=environment)  # noqa: S603
    assert done.returncode == 1
    assert re.fullmatch(rf"Name [^\n]+ python {name} [^\n]+\n", done.stderr), done.stderr

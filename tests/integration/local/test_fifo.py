"""What a FIFO queue of the emulator must get right for an order to rest on it, with the stand-in for the mapping."""

import threading
import time
import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from comboio.aws.credentials import credential_source
from comboio.aws.json_api import SQS, connect
from consumer.invoke.in_process import InProcess
from dlq_replayer.aws.sqs import QueueClient
from local.aws import Aws, Deployment
from local.aws.queue_mapping import QueueMapping, QueueSource, queue_mapping
from local.errors import LocalError

VISIBILITY_S = 1
MIB = 1_048_576


class Fifo:
    """A queue as the template makes its hold queue, with a short visibility timeout."""

    def __init__(self, aws: Aws) -> None:
        self.sqs = aws.client("sqs")
        self.url = self.sqs.create_queue(
            QueueName=f"hold-{uuid.uuid4().hex[:8]}.fifo",
            Attributes={
                "FifoQueue": "true",
                "DeduplicationScope": "messageGroup",
                "FifoThroughputLimit": "perMessageGroupId",
                "VisibilityTimeout": str(VISIBILITY_S),
            },
        )["QueueUrl"]

    def send(self, body: str, group: str, deduplication_id: str | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.sqs.send_message(
            QueueUrl=self.url,
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=deduplication_id or uuid.uuid4().hex,
        )
        return found

    def receive(self, count: int = 10, wait_s: int = 0) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=count,
            WaitTimeSeconds=wait_s,
            MessageSystemAttributeNames=["All"],
        )
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found

    def delete(self, message: dict[str, Any]) -> None:
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def hide(self, message: dict[str, Any], seconds: int) -> None:
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    return [message["Body"] for message in messages]


@pytest.fixture
def fifo(aws: Aws) -> Fifo:
    return Fifo(aws)


@pytest.mark.robustness("the emulator, held to what the product relies on")
def test_a_group_is_withheld_while_one_of_its_messages_is_in_flight(fifo: Fifo) -> None:
    """Others of the group are not received until each that was received is deleted or visible again."""
    for number in range(4):
        fifo.send(f"a{number}", "a")
    fifo.send("b0", "b")
    first, second = fifo.receive(2)
    assert bodies([first, second]) == ["a0", "a1"]
    assert bodies(fifo.receive()) == ["b0"]
    fifo.delete(first)
    assert fifo.receive() == []
    fifo.delete(second)
    assert bodies(fifo.receive()) == ["a2", "a3"]


def test_what_becomes_visible_again_comes_first(fifo: Fifo) -> None:
    """A message that is not deleted is received again before those of its group that were sent after it."""
    fifo.send("a0", "a")
    fifo.send("a1", "a")
    assert bodies(fifo.receive(1)) == ["a0"]
    again = fifo.receive(wait_s=VISIBILITY_S + 2)
    assert bodies(again) == ["a0", "a1"]
    assert [each["Attributes"]["ApproximateReceiveCount"] for each in again] == ["2", "1"]


def test_a_longer_visibility_keeps_the_whole_group(fifo: Fifo) -> None:
    """A message put off for longer puts its group off too, whatever the others' visibility is; other groups go on."""
    for body in ("a0", "a1"):
        fifo.send(body, "a")
    first, second = fifo.receive()
    fifo.hide(first, 3)
    fifo.hide(second, 0)
    fifo.send("b0", "b")
    assert bodies(fifo.receive()) == ["b0"]
    time.sleep(VISIBILITY_S + 0.2)
    assert "a1" not in bodies(fifo.receive())
    received: list[str] = []
    deadline = time.monotonic() + 5
    while "a0" not in received and time.monotonic() < deadline:
        received += [body for body in bodies(fifo.receive(wait_s=1)) if body.startswith("a")]
    assert received == ["a0", "a1"]


def test_a_deduplication_id_counts_within_its_group_and_after_a_delete(fifo: Fifo) -> None:
    """A send that is said again is the same message, even if that one is done and gone; another group has its own."""
    first = fifo.send("x", "a", "once")
    assert fifo.send("x", "a", "once")["SequenceNumber"] == first["SequenceNumber"]
    assert fifo.send("x", "b", "once")["MessageId"] != first["MessageId"]
    for message in fifo.receive():
        fifo.delete(message)
    assert fifo.send("x", "a", "once")["MessageId"] == first["MessageId"]
    assert fifo.receive() == []


def test_sequence_numbers_grow_with_the_order_of_the_sends(fifo: Fifo) -> None:
    """The order of a group can be told from the numbers, which compare as they are written."""
    numbers = [fifo.send(str(number), "a")["SequenceNumber"] for number in range(12)]
    assert numbers == sorted(numbers) and len({len(number) for number in numbers}) == 1


def test_a_message_may_have_a_mebibyte_and_no_more(fifo: Fifo) -> None:
    """A full packed entry fits in one message, and one byte more is refused."""
    fifo.send("x" * MIB, "a")
    (message,) = fifo.receive()
    assert len(message["Body"]) == MIB
    with pytest.raises(fifo.sqs.exceptions.ClientError, match="shorter than"):
        fifo.send("x" * (MIB + 1), "a")


@pytest.mark.robustness("the emulator, held to what the product relies on")
def test_groups_stay_in_order_through_a_mapping_that_fails_half_of_the_time(fifo: Fifo) -> None:
    """Four batches in flight, a function that fails and one that reports a message and all of its group after it: each
    group is done in order, without a gap and without two batches of it at the same time."""
    groups, each_has = 6, 8
    for number in range(each_has):
        for group in range(groups):
            fifo.send(f"{number}", f"g{group}")
    done: dict[str, list[int]] = defaultdict(list)
    busy: set[str] = set()
    overlaps: list[str] = []
    lock, calls = threading.Lock(), iter(range(10_000))

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        ours = {record["attributes"]["MessageGroupId"] for record in event["Records"]}
        with lock:
            call = next(calls)
            overlaps.extend(ours & busy)
            busy.update(ours)
        try:
            time.sleep(0.02)
            if call % 4 == 1:
                raise RuntimeError("on purpose")
            stopped: set[str] = set()
            failures = []
            for place, record in enumerate(event["Records"]):
                group = record["attributes"]["MessageGroupId"]
                if group in stopped or (call % 2 and place % 3 == 2):
                    stopped.add(group)
                    failures.append({"itemIdentifier": record["messageId"]})
                else:
                    with lock:
                        done[group].append(int(record["body"]))
            return {"batchItemFailures": failures}
        finally:
            with lock:
                busy.difference_update(ours)

    source = QueueSource(fifo.url, "arn:aws:sqs:us-east-1:000000000000:hold.fifo", "us-east-1", concurrency=4)
    with QueueMapping(fifo.sqs, source, InProcess(handler, "drainer", 512, 60.0)) as mapping:
        deadline = time.monotonic() + 60
        while mapping.counts.deleted < groups * each_has and time.monotonic() < deadline:
            mapping.check()
            time.sleep(0.05)
    assert done == {f"g{group}": list(range(each_has)) for group in range(groups)}
    assert overlaps == []
    assert mapping.counts.failed_invocations > 0 and mapping.counts.kept > 0


def test_the_hold_queue_is_drained_by_the_stand_in_and_by_nobody_else(deployment: Deployment) -> None:
    """The emulator leaves the queue alone; the mapping of the template, with a handler of this process, empties it."""
    sqs, url = deployment.aws.client("sqs"), deployment.environment("DispatcherFunction")["HOLD_QUEUE_URL"]
    sqs.send_message(QueueUrl=url, MessageBody="held", MessageGroupId="a", MessageDeduplicationId=uuid.uuid4().hex)
    time.sleep(2.5)
    seen: list[dict[str, Any]] = []
    mapping = queue_mapping(deployment, "DrainerFunction", lambda event, context: seen.extend(event["Records"]))
    assert mapping.poll() == 1
    assert seen[0]["attributes"]["ApproximateReceiveCount"] == "1"
    assert seen[0]["eventSourceARN"].endswith(".fifo")
    assert mapping.poll(wait_s=0) == 0


def test_a_function_without_a_queue_is_told(deployment: Deployment) -> None:
    """A function that nothing feeds from a queue is named in the message."""
    with pytest.raises(LocalError, match="gives DlqReplayerFunction no queue"):
        queue_mapping(deployment, "DlqReplayerFunction", print)


@pytest.mark.robustness("diverting and draining: crashes, races, foreign messages, order")
def test_a_wait_that_a_person_ends_brings_the_group_back_whole_and_in_order(fifo: Fifo, aws: Aws) -> None:
    """The replayer ends the waits by the receipts that the drainer left; receipts of an earlier look end nothing."""
    for number in range(3):
        fifo.send(f"a{number}", "a")
    earlier = fifo.receive()
    for message in reversed(earlier):
        fifo.hide(message, 0)
    waiting = fifo.receive()
    for message in waiting:
        fifo.hide(message, 300)
    api = connect(SQS, aws.environment, credential_source(aws.environment))
    with ThreadPoolExecutor(1) as pool:
        queue = QueueClient(fifo.url, api, pool)
        stale = queue.make_visible([message["ReceiptHandle"] for message in earlier])
        assert not any(stale) and fifo.receive() == []
        assert queue.make_visible([message["ReceiptHandle"] for message in waiting]) == [True] * 3
    assert bodies(fifo.receive()) == ["a0", "a1", "a2"]

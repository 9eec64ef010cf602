"""Tests of the stand-in for Lambda's mapping of a queue."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from consumer.invoke.in_process import InProcess
from local.aws.queue_mapping import QueueMapping, QueueSource
from local.errors import LocalError

SOURCE = QueueSource("http://queue", "arn:aws:sqs:us-east-1:000000000000:hold.fifo", "us-east-1")


class OneBatch:
    """A queue that gives one batch, and remembers what is deleted."""

    def __init__(self, *ids: str) -> None:
        self.asked: dict[str, Any] = {}
        self.deleted: list[str] = []
        self._messages = [
            {"MessageId": each, "ReceiptHandle": f"handle-{each}", "Body": each, "MD5OfBody": ""} for each in ids
        ]

    def receive_message(self, **request: Any) -> dict[str, Any]:
        """See Sqs."""
        self.asked, given, self._messages = request, self._messages, []
        return {"Messages": given} if given else {}

    def delete_message_batch(self, **request: Any) -> dict[str, Any]:
        """See Sqs."""
        self.deleted += [entry["ReceiptHandle"] for entry in request["Entries"]]
        return {"Successful": request["Entries"]}


def polled(queue: OneBatch, handler: Callable[[dict[str, Any], Any], Any]) -> QueueMapping:
    mapping = QueueMapping(queue, SOURCE, InProcess(handler, "drainer", 512, 60.0))
    mapping.poll()
    return mapping


def test_what_succeeds_is_deleted_and_what_is_reported_stays() -> None:
    """Only messages that the function did not report leave the queue."""
    queue = OneBatch("a", "b", "c")
    mapping = polled(queue, lambda event, context: {"batchItemFailures": [{"itemIdentifier": "b"}]})
    assert queue.deleted == ["handle-a", "handle-c"]
    assert (mapping.counts.received, mapping.counts.deleted, mapping.counts.kept) == (3, 2, 1)


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(1), KeyError("x")])
def test_a_handler_that_raises_keeps_the_whole_batch(error: BaseException) -> None:
    """Nothing is deleted for a function that did not answer, and the error is told."""

    def handler(event: dict[str, Any], context: Any) -> None:
        raise error

    queue = OneBatch("a", "b")
    mapping = polled(queue, handler)
    assert queue.deleted == []
    assert (mapping.counts.kept, mapping.counts.failed_invocations) == (2, 1)
    assert type(error).__name__ in mapping.counts.last_error


def test_the_handler_sees_its_invocation() -> None:
    """The context has a request id of its own for each batch, and the time that the function's timeout leaves."""
    seen = []
    polled(OneBatch("a"), lambda event, context: seen.append((context.aws_request_id, context)))
    polled(OneBatch("a"), lambda event, context: seen.append((context.aws_request_id, context)))
    assert seen[0][0] != seen[1][0]
    assert 0 < seen[0][1].get_remaining_time_in_millis() <= 60_000


def test_a_batch_is_asked_for_as_the_mapping_says() -> None:
    """All attributes come along, for the order and the age of a message are in them."""
    queue = OneBatch()
    QueueMapping(queue, QueueSource("u", "a", "r", batch_size=7), InProcess(print, "f", 1, 1.0)).poll(wait_s=3)
    assert queue.asked == {
        "QueueUrl": "u",
        "MaxNumberOfMessages": 7,
        "WaitTimeSeconds": 3,
        "MessageSystemAttributeNames": ["All"],
        "MessageAttributeNames": ["All"],
    }


def test_an_empty_queue_invokes_nothing() -> None:
    """A receive without messages is no batch."""
    mapping = polled(OneBatch(), lambda event, context: pytest.fail("invoked"))
    assert mapping.counts.invocations == 0


@pytest.mark.robustness("processes that die, ports that are taken")
def test_a_queue_that_is_gone_is_told() -> None:
    """A mapping that can no longer poll says so, instead of looking idle."""

    class Gone(OneBatch):
        def receive_message(self, **request: Any) -> dict[str, Any]:
            raise EndpointConnectionError(endpoint_url="http://queue")

    with QueueMapping(Gone(), SOURCE, InProcess(print, "drainer", 512, 60.0)) as mapping:
        pass
    with pytest.raises(LocalError, match="no longer polled"):
        mapping.check()

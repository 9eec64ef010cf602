"""Stands in for Lambda's mapping of an SQS queue, since the emulator's own polls with a placeholder for the code.

READ THIS BEFORE YOU TRUST AN ORDER: what keeps it is the queue, not this module. The emulator (ministack 1.5.33) treats
a FIFO queue as AWS does in these points, which tests/integration/local/test_fifo.py hold:

- While a message of a group is received and neither deleted nor visible again, no message of the group is received,
  whichever of its messages that is and whatever the visibility of the others was changed to.
- One receive may bring several messages of a group, in order, and messages of several groups.
- The deduplication id counts for five minutes from the send, within its group (DeduplicationScope), also after the
  first message is deleted; a duplicate is answered with the first one's id and sequence number.
- A message may have 1 MiB, and so may a batch in sum; DelaySeconds of a message is refused.
- A receipt handle of a message that was received again is refused.

It is laxer than AWS where a message's visibility has run out and nobody received it again: it still deletes it, and
still changes its visibility (AWS: an expired receipt handle, MessageNotInflight). It does not count attributes to the
size, knows no limit of messages in flight, and its sends get slower with the messages of the last five minutes.
"""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from botocore.exceptions import BotoCoreError, ClientError

from consumer.invoke.in_process import Handler, InProcess
from consumer.invoke.invoke import InvocationError
from local.aws.deployment import Deployment
from local.aws.sqs_event import Message, failed_ids, sqs_event
from local.errors import LocalError

_WAIT_S = 1
"""Seconds that a receive waits for messages. Short, because a stop waits for it."""

_DEFAULT_CONCURRENCY = 2
"""Batches in flight where the template does not say; the least that Lambda lets one say."""

_STOP_WITHIN_S = 60.0
"""Seconds to wait for the batches in flight, after which the threads are left alone."""


class Sqs(Protocol):
    """The part of boto3's client that a mapping needs."""

    def receive_message(self, **request: Any) -> dict[str, Any]:
        """Receive messages."""
        ...

    def delete_message_batch(self, **request: Any) -> dict[str, Any]:
        """Delete messages."""
        ...


@dataclass(frozen=True, slots=True)
class QueueSource:
    """What a mapping says about its queue."""

    url: str
    arn: str
    region: str
    batch_size: int = 10
    """Maximum number of messages in a batch; a FIFO queue allows 10."""
    concurrency: int = _DEFAULT_CONCURRENCY
    """Maximum number of batches in flight (ScalingConfig.MaximumConcurrency)."""


class Function(Protocol):
    """What is invoked; `InProcess` outside of tests."""

    def invoke(self, event: dict[str, Any], request_id: str) -> Any:
        """Return the function's answer.

        Raises:
            InvocationError: there is none.
        """
        ...


@dataclass(slots=True)
class MappingCounts:
    """What a mapping has done so far."""

    invocations: int = 0
    received: int = 0
    deleted: int = 0
    kept: int = 0
    """Messages left to their visibility timeout: reported as failed, or of a batch that failed as a whole."""
    failed_invocations: int = 0
    """Invocations that raised or were answered with something unreadable."""
    last_error: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


class QueueMapping:
    """Receives batches, invokes the function, and deletes what did not fail; runs for the length of a `with` block."""

    def __init__(
        self, sqs: Sqs, source: QueueSource, function: Function, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        self.counts = MappingCounts()
        self._sqs = sqs
        self._source = source
        self._function = function
        self._new_id = new_id
        self._stop = threading.Event()
        self._broken: Exception | None = None
        self._threads: list[threading.Thread] = []

    def poll(self, wait_s: int = _WAIT_S) -> int:
        """Receive one batch and see it through; return how many messages it had."""
        messages: list[Message] = self._sqs.receive_message(
            QueueUrl=self._source.url,
            MaxNumberOfMessages=self._source.batch_size,
            WaitTimeSeconds=wait_s,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if messages:
            self._delete(messages, self._invoke(messages))
        return len(messages)

    def _invoke(self, messages: list[Message]) -> set[str]:
        """Invoke the function; return the ids of the messages that stay."""
        ids = [message["MessageId"] for message in messages]
        error = ""
        try:
            answer = self._function.invoke(sqs_event(messages, self._source.arn, self._source.region), self._new_id())
            stay = failed_ids(answer, ids)
        except InvocationError as raised:
            stay, error = set(ids), str(raised)
        with self.counts.lock:
            self.counts.invocations += 1
            self.counts.received += len(messages)
            self.counts.kept += len(stay)
            self.counts.failed_invocations += bool(error)
            self.counts.last_error = error or self.counts.last_error
        return stay

    def _delete(self, messages: list[Message], stay: set[str]) -> None:
        entries = [
            {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
            for number, message in enumerate(messages)
            if message["MessageId"] not in stay
        ]
        if entries:
            done = self._sqs.delete_message_batch(QueueUrl=self._source.url, Entries=entries)
            with self.counts.lock:
                self.counts.deleted += len(done.get("Successful", []))

    def __enter__(self) -> Self:
        self._threads = [
            threading.Thread(target=self._run, name=f"queue-mapping-{number}", daemon=True)
            for number in range(self._source.concurrency)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop receiving, and wait for the batches in flight."""
        self._stop.set()
        deadline = time.monotonic() + _STOP_WITHIN_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def check(self) -> None:
        """Raise LocalError if the mapping has stopped because the queue could not be reached."""
        if self._broken is not None:
            raise LocalError(f"The queue {self._source.url} is no longer polled: {self._broken}")

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.poll()
            except (BotoCoreError, ClientError) as error:
                self._broken = error
                return


def queue_mapping(deployment: Deployment, logical_id: str, handler: Handler) -> QueueMapping:
    """Return the mapping that the template gives a function, with a handler in this process.

    Raises:
        LocalError: the function has no mapping of a queue.
    """
    function = deployment.function(logical_id)
    mappings = deployment.aws.client("lambda").list_event_source_mappings(FunctionName=function.name)
    found = [each for each in mappings["EventSourceMappings"] if ":sqs:" in each["EventSourceArn"]]
    if not found:
        raise LocalError(f"The template gives {logical_id} no queue to poll.")
    arn, sqs = found[0]["EventSourceArn"], deployment.aws.client("sqs")
    source = QueueSource(
        url=sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"],
        arn=arn,
        region=arn.split(":")[3],
        batch_size=found[0]["BatchSize"],
        concurrency=found[0].get("ScalingConfig", {}).get("MaximumConcurrency", _DEFAULT_CONCURRENCY),
    )
    return QueueMapping(sqs, source, InProcess(handler, function.name, function.memory_mb, function.timeout_s))

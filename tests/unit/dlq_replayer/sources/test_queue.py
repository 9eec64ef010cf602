"""A queue of letters is read to its end, and left as it was, against SQS as it answers."""

import json
from typing import Any

import pytest

from comboio.aws.http import Answer
from comboio.aws.json_api import SQS, JsonApi
from comboio.aws.sigv4 import Credentials
from comboio.aws.sqs import MAX_BYTES
from dlq_replayer.aws.sqs import QueueClient
from dlq_replayer.sources.envelope import LetterReader
from dlq_replayer.sources.queue import LetterQueue
from dlq_replayer.sources.source import SourceError
from tests.support.replayer import NOW, FakeBucket, letter, pool


class Sqs:
    """A queue whose head comes first, as the worst of them do: what is put back is what it gives next."""

    host = "sqs"

    def __init__(self, bodies: list[str], refuses: str = "") -> None:
        self.visible = [(f"m{number}", body) for number, body in enumerate(bodies)]
        self.taken: dict[str, tuple[str, str]] = {}
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.refuses = refuses
        self._receipts = 0

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        action, request = headers["x-amz-target"].rpartition(".")[2], json.loads(body)
        self.requests.append((action, request))
        if self.refuses:
            return Answer(400, json.dumps({"__type": f"com.amazonaws.sqs#{self.refuses}", "message": "no"}).encode())
        return Answer(200, json.dumps(getattr(self, f"_{action}")(request)).encode())

    def _ReceiveMessage(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  (SQS's own name)
        messages = []
        for name, body in self.visible[:10]:
            self._receipts += 1
            self.taken[f"r{self._receipts}"] = (name, body)
            messages.append(
                {
                    "MessageId": name,
                    "ReceiptHandle": f"r{self._receipts}",
                    "Body": body,
                    "Attributes": {"SentTimestamp": str(NOW)},
                }
            )
        del self.visible[:10]
        return {"Messages": messages} if messages else {}

    def _ChangeMessageVisibilityBatch(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        for entry in request["Entries"]:
            self.visible.insert(0, self.taken.pop(entry["ReceiptHandle"]))
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}

    def _DeleteMessageBatch(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        for entry in request["Entries"]:
            self.taken.pop(entry["ReceiptHandle"])
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}

    def _GetQueueAttributes(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        counts = {"ApproximateNumberOfMessages": len(self.visible), "ApproximateNumberOfMessagesNotVisible": 0}
        return {"Attributes": {name: str(count) for name, count in counts.items()}}

    def _SendMessageBatch(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}


def api(sqs: Sqs) -> JsonApi:
    """Return the client that calls it."""
    return JsonApi(SQS, "us-east-1", lambda: Credentials("A", "s"), sqs, sleep=lambda _: None)


def source(sqs: Sqs, max_left: int = 1_000, bucket: FakeBucket | None = None) -> LetterQueue:
    """Its letters."""
    queue = QueueClient("https://sqs/q", api(sqs), pool())
    return LetterQueue(
        queue, LetterReader(bucket or FakeBucket(), "b"), pool(), lambda: 77, readers=4, wait_s=1, max_left=max_left
    )


def test_what_is_left_is_not_seen_again_and_visible_in_the_end() -> None:
    """A run that leaves everything reads each message once, although the queue would give the same ones for ever."""
    sqs = Sqs([letter(offset).to_json() for offset in range(95)])
    letters = source(sqs)
    seen = []
    while page := letters.read(20):
        letters.leave(page)
        seen += [each.dead.offset for each in page]
    assert sorted(seen) == list(range(95))
    assert sqs.visible == []
    letters.close()
    assert len(sqs.visible) == 95
    assert {request["VisibilityTimeout"] for action, request in sqs.requests if action == "ReceiveMessage"} == {77}


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_queue_longer_than_what_may_be_kept_invisible_comes_to_an_end() -> None:
    """A run over a queue longer than it may keep invisible ends, and keeps a bounded number of messages."""
    sqs = Sqs([letter(offset).to_json() for offset in range(60)])
    letters = source(sqs, max_left=20)
    pages = 0
    while page := letters.read(20):
        letters.leave(page)
        pages += 1
        assert len(sqs.taken) <= 20 + 20
    assert pages < 60
    letters.close()
    assert len(sqs.visible) == 60


def test_what_is_removed_is_gone() -> None:
    """Messages that were removed are deleted, and no others."""
    sqs = Sqs([letter(offset).to_json() for offset in range(25)])
    letters = source(sqs)
    page = letters.read(100)
    assert letters.remove(page[:12]) == 0
    letters.leave(page[12:])
    letters.close()
    assert sorted(name for name, _ in sqs.visible) == sorted(each.receipt.place for each in page[12:])


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_pointer_is_followed_and_a_broken_one_is_told_apart() -> None:
    """A pointer is followed; one whose object is gone is foreign, and one whose object cannot be read now is not."""
    pointer = json.dumps({"comboio_dead_letter_at": {"bucket": "b", "key": "dead-letters/k"}})
    (found,) = source(Sqs([pointer]), bucket=FakeBucket({"dead-letters/k": letter(5).to_json().encode()})).read(10)
    assert (found.dead.offset, found.text, found.envelope) == (5, pointer, letter(5).to_json())
    (gone,) = source(Sqs([pointer])).read(10)
    assert (gone.letter, gone.unread) == (None, False)
    (away,) = source(Sqs([pointer]), bucket=FakeBucket(refuses="SlowDown")).read(10)
    assert (away.letter, away.unread) == (None, True)


@pytest.mark.robustness("sources and targets that fail on the way")
@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("QueueDoesNotExist", "There is no queue https://sqs/q"),
        ("AWS.SimpleQueueService.NonExistentQueue", "There is no queue"),
        ("AccessDeniedException", "sqs:ReceiveMessage"),
        ("Other", "try again"),
    ],
)
def test_a_queue_that_cannot_be_read_says_what_to_check(code: str, says: str) -> None:
    """The error for a queue that cannot be read says what to check."""
    with pytest.raises(SourceError, match=says):
        source(Sqs([], refuses=code)).read(10)


def test_batches_keep_to_ten_entries_and_to_the_bytes_of_a_call() -> None:
    """Any number of messages of any size goes in calls of at most ten entries and 1 MiB."""
    sqs = Sqs([])
    queue = QueueClient("https://sqs/q", api(sqs), pool())
    sizes = [10] * 25 + [MAX_BYTES // 2 + 1] * 3
    assert queue.send([('"MessageBody":"x"', size) for size in sizes]) == [True] * 28
    assert sorted(len(request["Entries"]) for _, request in sqs.requests) == [1, 1, 6, 10, 10] or sorted(
        len(request["Entries"]) for _, request in sqs.requests
    ) == [1, 1, 1, 5, 10, 10]


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_call_that_fails_fails_its_entries_only() -> None:
    """The messages of a call that failed are said to be still there."""
    queue = QueueClient("https://sqs/q", api(Sqs([], refuses="Other")), pool())
    assert queue.delete(["a", "b"]) == [False, False]
    assert queue.depth() is None


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_message_that_sqs_gives_again_all_the_same_is_known() -> None:
    """A message that SQS delivers twice is not counted twice, and its newest receipt makes it visible."""
    sqs = Sqs([letter(1).to_json()])
    letters = source(sqs)
    letters.leave(letters.read(10))
    sqs.visible.append(("m0", letter(1).to_json()))
    assert letters.read(10) == []
    letters.close()
    shown = [request["Entries"] for action, request in sqs.requests if action == "ChangeMessageVisibilityBatch"]
    assert [entry["ReceiptHandle"] for entries in shown for entry in entries] == ["r2"]

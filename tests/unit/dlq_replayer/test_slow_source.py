"""A run answers before its deadline, however slowly its source gives and takes, and goes on where it was."""

from collections.abc import Callable
from typing import Any

import pytest

from comboio.aws.http import Answer
from comboio.invocation import Invocation
from dlq_replayer.aws.sqs import QueueClient
from dlq_replayer.replayer import Answer as RunAnswer
from dlq_replayer.replayer import Replayer
from dlq_replayer.request.request import Request
from dlq_replayer.runs import Runs
from dlq_replayer.sender import Capacity
from dlq_replayer.sources.envelope import LetterReader
from dlq_replayer.sources.on_failure import OnFailureObjects
from dlq_replayer.sources.queue import LetterQueue
from dlq_replayer.sources.source import Source
from tests.support.on_failure import document
from tests.support.replayer import FakeBucket, FakeTarget, FakeTime, letter, pool
from tests.unit.dlq_replayer.sources.test_queue import Sqs, api
from tests.unit.dlq_replayer.test_replayer import Heard

TIMEOUT_MS, MARGIN_MS = 60_000, 10_000
NUMBER = 120


class SlowBucket(FakeBucket):
    """A bucket that takes a second to give, and one to take."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__({f"a/{number:04}": document([number]) for number in range(NUMBER)})
        self._time = time

    def get(self, bucket: str, key: str) -> bytes:
        self._time.sleep(1)
        return super().get(bucket, key)

    def delete(self, bucket: str, key: str) -> None:
        self._time.sleep(1)
        super().delete(bucket, key)


class SlowSqs(Sqs):
    """A queue that takes two seconds to give a message; nine of ten of its calls are about something else."""

    def __init__(self, time: FakeTime) -> None:
        super().__init__([letter(number, key=None).to_json() for number in range(NUMBER)])
        self._time = time

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        if headers["x-amz-target"].endswith("ReceiveMessage"):
            self._time.sleep(2)
            self.visible, rest = self.visible[:1], self.visible[1:]
            answer = super().post(headers, body, timeout_s)
            self.visible += rest
            return answer
        return super().post(headers, body, timeout_s)


OpenSource = Callable[[Request, Invocation], Source]


def objects(time: FakeTime) -> OpenSource:
    bucket = SlowBucket(time)

    def source(request: Request, invocation: Invocation) -> Source:
        after = request.continues.after if request.continues else ""
        ends = invocation.deadline - MARGIN_MS / 2
        return OnFailureObjects(bucket, "b", "a/", after, ends=ends, clocks=time.clocks)

    return source


def queue(time: FakeTime) -> OpenSource:
    client = QueueClient("https://sqs/q", api(SlowSqs(time)), pool())

    def source(_: Request, invocation: Invocation) -> Source:
        reader, ends = LetterReader(FakeBucket(), "b"), invocation.deadline - MARGIN_MS / 2
        return LetterQueue(client, reader, pool(), lambda: 77, readers=1, wait_s=1, ends=ends, clocks=time.clocks)

    return source


@pytest.mark.robustness("deadlines")
@pytest.mark.parametrize(("opened", "named"), [(objects, "s3://bucket/a/"), (queue, "dlq")], ids=["objects", "queue"])
def test_a_slow_source_costs_no_answer(opened: Callable[[FakeTime], OpenSource], named: str) -> None:
    """Each invocation answers before it would be killed, with a continuation that gets on; all letters go, once."""
    time, target, parking = FakeTime(), FakeTarget(), None
    runs = Runs(
        opened(time),
        lambda _, __: target,
        parking,  # type: ignore[arg-type]  # nothing is parked
        pool(),
        Capacity(1_000, 100, 1),
        margin_ms=MARGIN_MS,
        clocks=time.clocks,
    )
    replayer = Replayer(runs, None, None, Heard(), time.clocks)
    request: Any = {"action": "replay", "source": named}
    taken = -1
    while request is not None:
        assert len(target.taken) > taken, "an invocation got nowhere"
        taken, deadline = len(target.taken), time.ms + TIMEOUT_MS
        answer: RunAnswer = replayer.handle(request, Invocation("r", deadline))
        assert time.ms < deadline
        request = answer.get("continuation")
    assert answer["stopped"] == "finished"
    assert len(target.taken) == len(set(target.taken)) == NUMBER

"""What is dead is in the DLQ before it counts as handled."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic
from typing import Any

import pytest

from comboio.aws.http import Answer
from comboio.aws.json_api import SQS, JsonApi
from comboio.aws.sigv4 import Credentials
from comboio.aws.sqs import MAX_BYTES
from comboio.contract.dead_letter import DeadLetter
from comboio.message.content import Content
from dispatcher.parcel import Outcome, Parcel
from dispatcher.send.dead_letter_queue import DeadLetterQueue, connect
from tests.support.dispatcher import NOW, FakeQueue, InlineExecutor, record, taken


def dead(offset: int, value: bytes | None = b"\xff\x00", headers: Any = ()) -> Parcel:
    """Return a dead parcel."""
    one = Parcel(record(offset, value, b"\xfe", headers), f"c-{offset}")
    one.dead_letter("malformed", "not JSON")
    return one


def dlq(queue: FakeQueue, kept: dict[str, str] | None = None) -> DeadLetterQueue:
    """Return the DLQ at the other end; large letters go to `kept`, or nowhere."""

    def store_large(position: str, text: str) -> str:
        if kept is None:
            raise OSError("no bucket")
        kept[position] = text
        return json.dumps({"comboio_dead_letter_at": position})

    return DeadLetterQueue("https://sqs/dlq", queue.api, InlineExecutor(), store_large)


def letters(queue: FakeQueue) -> list[DeadLetter]:
    """Return the letters in the queue."""
    return [DeadLetter.from_json(entry["MessageBody"]) for entry in queue.kept]


def test_a_letter_has_the_record_whole() -> None:
    """A dead record is in the queue byte for byte, with why and how often, and then counts as in_dlq."""
    queue = FakeQueue()
    one = dead(7, headers=[{"h": [-1, 65]}, {"h": None}, 5, {"\ud800": [66]}])
    one.served, one.attempts, one.since = ("a",), 3, NOW - 50
    dlq(queue).write([one], NOW, within_s=9.0)
    assert one.in_dlq and one.done
    (letter,) = letters(queue)
    assert (letter.topic, letter.partition, letter.offset) == ("t", 0, 7)
    assert (letter.key, letter.value) == (b"\xfe", b"\xff\x00")
    assert letter.headers == (("h", b"\xffA"), ("h", b""), ("\ud800", b"B"))
    assert (letter.reason, letter.error, letter.attempts, letter.served) == ("malformed", "not JSON", 3, ("a",))
    assert (letter.first_failure, letter.last_failure, letter.correlation_id) == (NOW - 50, NOW, "c-7")


def test_a_letter_has_the_code_that_was_read_by_the_contract() -> None:
    """A foreign payload does not say its code by itself; what could not be read has none."""
    queue = FakeQueue()
    read, unread = dead(1), dead(2)
    read.content = Content("STOP", "e")
    dlq(queue).write([read, unread], NOW, within_s=9.0)
    assert [letter.code for letter in letters(queue)] == ["STOP", None]


def test_many_go_in_full_calls() -> None:
    """95 small letters are 10 calls, and all are in_dlq."""
    queue = FakeQueue()
    parcels = [dead(offset) for offset in range(95)]
    dlq(queue).write(parcels, NOW, within_s=9.0)
    assert len(queue.calls) == 10 and all(one.in_dlq for one in parcels)
    assert sorted(letter.offset for letter in letters(queue)) == list(range(95))


def test_calls_stay_below_the_size_limit() -> None:
    """Letters of 300 KB go so many in a call as SQS takes."""
    queue = FakeQueue()
    dlq(queue).write([dead(offset, b"x" * 225_000) for offset in range(7)], NOW, within_s=9.0)
    assert len(queue.kept) == 7
    assert all(sum(len(entry["MessageBody"]) for entry in call["Entries"]) <= MAX_BYTES for call in queue.calls)


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_what_fails_is_written_again() -> None:
    """An entry that fails for now is in the next call, and only that one."""
    failing = [{"Id": "1", "SenderFault": False, "Code": "InternalError"}]
    script = [failing, []]
    queue = FakeQueue(lambda entries: taken(entries, script.pop(0)))
    parcels = [dead(offset) for offset in range(3)]
    dlq(queue).write(parcels, NOW, within_s=9.0)
    assert [len(call["Entries"]) for call in queue.calls] == [3, 1]
    assert sorted(letter.offset for letter in letters(queue)) == [0, 1, 2] and all(one.in_dlq for one in parcels)


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_what_cannot_be_written_comes_again() -> None:
    """While the queue does not take a letter, its record is failed: it is in no place yet."""
    for answer in (
        Answer(500, b""),
        Answer(400, b'{"__type":"QueueDoesNotExist"}'),
        Answer(200, b""),
        Answer(200, b"{}"),
        Answer(200, b"<html>"),
    ):
        parcels = [dead(offset) for offset in range(3)]
        dlq(FakeQueue(lambda entries, answer=answer: answer)).write(parcels, NOW, within_s=9.0)  # type: ignore[misc]  # bound per loop
        assert [(one.outcome, one.done) for one in parcels] == [(Outcome.FAILED, False)] * 3


def test_a_letter_too_large_for_sqs_is_kept_elsewhere() -> None:
    """A letter beyond SQS's limit is kept whole elsewhere, and the queue has the pointer."""
    queue, kept = FakeQueue(), dict[str, str]()
    one = dead(7, b"x" * 1_000_000)
    dlq(queue, kept).write([one], NOW, within_s=9.0)
    assert one.in_dlq
    ((name, text),) = kept.items()
    assert (DeadLetter.from_json(text).value, DeadLetter.from_json(text).id) == (one.record.value, name)
    assert json.loads(queue.kept[0]["MessageBody"]) == {"comboio_dead_letter_at": name}


def test_two_large_letters_of_a_record_are_kept_apart() -> None:
    """What is owed to one destination does not overwrite what is owed to another."""
    kept = dict[str, str]()
    owed = [dead(7, b"x" * 1_000_000), dead(7, b"x" * 1_000_000)]
    for parcel, served in zip(owed, ("a", "b"), strict=True):
        parcel.served = (served,)
    dlq(FakeQueue(), kept).write(owed, NOW, within_s=9.0)
    assert sorted(DeadLetter.from_json(text).served for text in kept.values()) == [("a",), ("b",)]


@pytest.mark.robustness("destinations that are down, throttle, hang or raise")
def test_one_that_cannot_be_kept_stops_no_other() -> None:
    """Where a large letter has no place, its record comes again and says why; the others are in_dlq."""
    queue = FakeQueue()
    large, small = dead(7, b"x" * 1_000_000), dead(8)
    dlq(queue).write([large, small], NOW, within_s=9.0)
    assert (large.outcome, small.in_dlq) == (Outcome.FAILED, True)
    assert "no bucket" in large.error


@pytest.mark.robustness("deadlines")
def test_a_place_for_large_letters_that_hangs_is_waited_for_no_longer_than_there_is_time() -> None:
    """Five large letters and a bucket that does not answer: the small letter is written, and all within the time."""
    queue, hangs = FakeQueue(), Event()

    def never(position: str, text: str) -> str:
        hangs.wait(20.0)
        raise OSError("cut off")

    with ThreadPoolExecutor(8) as pool:
        large, small = [dead(offset, b"x" * 1_000_000) for offset in range(5)], dead(9)
        started = monotonic()
        try:
            # Two seconds: a busy machine takes more than half of one to encode five megabytes.
            DeadLetterQueue("https://sqs/dlq", queue.api, pool, never).write([*large, small], NOW, within_s=2.0)
            took_s = monotonic() - started
        finally:
            hangs.set()
    assert took_s < 20.0  # one after the other they would take 100
    assert {one.outcome for one in large} == {Outcome.FAILED} and "in time" in large[0].error
    assert small.in_dlq


@pytest.mark.robustness("deadlines")
def test_no_call_is_given_more_time_than_is_left() -> None:
    """Each call to the DLQ has what is left of the letters' time, and without any nothing is called."""
    queue, given = FakeQueue(lambda entries: Answer(500, b"")), list[float | None]()

    class Timed:
        host = queue.host

        def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
            given.append(timeout_s)
            return queue.post(headers, body)

    api = JsonApi(SQS, "us-east-1", lambda: Credentials("A", "s"), Timed(), sleep=lambda _: None)
    for within_s in (0.7, 0.0):
        one = dead(1)
        DeadLetterQueue("https://sqs/dlq", api, InlineExecutor(), lambda name, text: text).write(
            [one], NOW, within_s=within_s
        )
        assert one.outcome is Outcome.FAILED
    assert given and all(timeout_s is not None and 0 < timeout_s <= 0.7 for timeout_s in given)


def test_without_a_bucket_a_large_letter_says_what_to_set() -> None:
    """A large letter and no bucket is told as the option that is missing."""
    one = dead(7, b"x" * 1_000_000)
    connect("https://sqs/dlq", lambda service: FakeQueue().api, InlineExecutor(), "").write([one], NOW, within_s=9.0)
    assert one.outcome is Outcome.FAILED and "DEAD_LETTER_BUCKET" in one.error


@pytest.mark.parametrize(("header", "count"), [(b"3", 3), (b"", 0), (b"-1", 0), (b"x", 0), (b"9" * 40, 0)])
def test_a_replay_by_way_of_kafka_is_counted(header: bytes, count: int) -> None:
    """The header that the replayer gives a record counts; one that is no count does not."""
    queue = FakeQueue()
    dlq(queue).write([dead(1, headers=[{"comboio_replay_count": list(header)}])], NOW, within_s=9.0)
    assert [letter.replay_count for letter in letters(queue)] == [count]

"""The two targets, and the function that is invoked."""

import json
from collections.abc import Mapping
from email.message import Message
from typing import Any

import pytest

from comboio.aws.http import Answer
from comboio.aws.json_api import JsonApi
from comboio.aws.sigv4 import Credentials
from comboio.claims.memory import MemoryClaims
from dlq_replayer.aws.lambda_function import InvocationError, LambdaFunction, service
from dlq_replayer.targets import kafka
from dlq_replayer.targets.dispatcher import TRIES, Dispatcher
from dlq_replayer.targets.target import TargetError
from tests.support.replayer import NOW, held, letter


class Function:
    """Answers one after the other; an error is raised."""

    def __init__(self, *answers: Mapping[str, Any] | InvocationError) -> None:
        self.answers = list(answers)
        self.events: list[Any] = []

    def invoke(self, event: bytes) -> Mapping[str, Any]:
        self.events.append(json.loads(event))
        answer = self.answers.pop(0)
        if isinstance(answer, InvocationError):
            raise answer
        return answer

    def start(self, event: bytes) -> None:
        raise NotImplementedError


def dispatcher(function: Function) -> tuple[Dispatcher, list[float], list[str]]:
    """With what it sleeps and warns."""
    slept: list[float] = []
    warned: list[str] = []
    return Dispatcher(function, slept.append, warned.append), slept, warned


def test_the_dispatcher_gets_the_envelopes_as_they_are() -> None:
    """Letters whose outcome it does not tell are failed: they stay."""
    function = Function({"outcomes": {letter(1).id: "dispatched"}})
    target, _, _ = dispatcher(function)
    assert target.take([held(letter(1)), held(letter(2))]) == {letter(1).id: "dispatched", letter(2).id: "failed"}
    (event,) = function.events
    assert event == {
        "eventSource": "comboio:dead-letters",
        "letters": [letter(1).to_fields(), letter(2).to_fields()],
    }


@pytest.mark.parametrize("answer", [InvocationError("broken"), {}, {"outcomes": None}, {"errorMessage": "x"}])
def test_an_invocation_that_fails_leaves_its_letters(answer: Any) -> None:
    """It is not tried again: that is for the next run."""
    function = Function(answer)
    target, slept, _ = dispatcher(function)
    assert target.take([held(letter(1))]) == {letter(1).id: "failed"}
    assert (len(function.events), slept) == (1, [])


def test_a_throttled_invocation_is_tried_again() -> None:
    """A few times, with growing waits."""
    function = Function(InvocationError("slow", True), {"outcomes": {letter(1).id: "dispatched"}})
    target, slept, _ = dispatcher(function)
    assert target.take([held(letter(1))]) == {letter(1).id: "dispatched"}
    assert slept == [0.5]
    function = Function(*[InvocationError("slow", True)] * TRIES)
    target, slept, warned = dispatcher(function)
    assert target.take([held(letter(1))]) == {letter(1).id: "failed"}
    assert slept == [0.5, 1.0, 2.0]
    assert warned == ["slow"]


class Http:
    """Gives one answer, and keeps the request."""

    host = "lambda"

    def __init__(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        message = Message()
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        self.answer = Answer(status, body, message)
        self.headers: dict[str, str] = {}

    def post(self, headers: dict[str, str], body: bytes) -> Answer:
        self.headers = headers
        return self.answer


def function(http: Http) -> LambdaFunction:
    """A function behind it."""
    return LambdaFunction("d", JsonApi(service("d"), "us-east-1", lambda: Credentials("A", "s"), http))


def test_a_function_is_invoked_and_started() -> None:
    """Synchronously with an answer, asynchronously without."""
    http = Http(200, b'{"outcomes":{}}')
    assert function(http).invoke(b"{}") == {"outcomes": {}}
    assert http.headers["x-amz-invocation-type"] == "RequestResponse"
    http = Http(202)
    function(http).start(b"{}")
    assert http.headers["x-amz-invocation-type"] == "Event"


@pytest.mark.parametrize(
    ("http", "throttled"),
    [
        (Http(429, x_amzn_errortype="TooManyRequestsException"), True),
        (Http(403, x_amzn_errortype="AccessDeniedException"), False),
        (Http(200, b'{"errorMessage":"x"}', x_amz_function_error="Unhandled"), False),
        (Http(200, b"[]"), False),
        (Http(200, b"not JSON"), False),
    ],
)
def test_a_function_that_is_not_invoked_or_fails_is_an_error(http: Http, throttled: bool) -> None:
    """Which says whether to try it later."""
    with pytest.raises(InvocationError) as error:
        function(http).invoke(b"{}")
    assert error.value.throttled is throttled


def test_a_function_s_name_may_be_an_arn() -> None:
    """It is one part of the path."""
    assert service("arn:aws:lambda:r:1:function:d").path == (
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ar%3A1%3Afunction%3Ad/invocations"
    )


class Producer:
    """librdkafka's side: acknowledges what `takes` says, when flushed."""

    def __init__(self, takes: Any = lambda topic, value: True) -> None:
        self.produced: list[dict[str, Any]] = []
        self._waiting: list[tuple[Any, bool]] = []
        self._takes = takes

    def produce(self, topic: str, on_delivery: Any, **fields: Any) -> None:
        assert "partition" not in fields
        self.produced.append({"topic": topic, **fields})
        self._waiting.append((on_delivery, self._takes(topic, fields["value"])))

    def flush(self, timeout: float) -> int:
        for report, taken in self._waiting:
            report(None if taken else "no", None)
        self._waiting.clear()
        return 0

    def purge(self) -> None:
        self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)


def test_kafka_gets_the_record_as_it_was_with_its_time_and_count() -> None:
    """Key, value and headers byte for byte; no partition is named."""
    producer = Producer()
    target = kafka.Kafka(producer, MemoryClaims(), "me", lambda: NOW)
    assert target.take([held(letter(1, replay_count=3))]) == {letter(1, replay_count=3).id: "dispatched"}
    (record,) = producer.produced
    assert (record["topic"], record["key"], record["value"]) == ("t", letter(1).key, letter(1).value)
    assert record["headers"] == [
        ("h", b"1"),
        ("original_timestamp", str(letter(1).timestamp).encode()),
        ("comboio_replay_count", b"4"),
    ]


def test_a_second_replay_keeps_the_first_time_and_one_count() -> None:
    """Headers do not pile up."""
    again = letter(1, replay_count=1, headers=(("original_timestamp", b"5"), ("comboio_replay_count", b"1")))
    assert kafka.headers(again) == [("original_timestamp", b"5"), ("comboio_replay_count", b"2")]


def test_kafka_gets_a_letter_once() -> None:
    """One that was replayed is a duplicate, one in other hands is busy, one that Kafka refuses can come again."""
    claims, producer = MemoryClaims(), Producer(lambda topic, value: b"e-2" not in value)
    letters = [held(letter(1)), held(letter(2))]
    first = kafka.Kafka(producer, claims, "first", lambda: NOW).take(letters)
    assert first == {letter(1).id: "dispatched", letter(2).id: "failed"}
    claims.held[f"replay#{letter(3).id}"] = ("somebody", NOW + 1_000)
    second = kafka.Kafka(Producer(), claims, "second", lambda: NOW).take([*letters, held(letter(3))])
    assert second == {letter(1).id: "duplicate", letter(2).id: "dispatched", letter(3).id: "busy"}


def test_the_producer_promises_and_places_as_the_others_do() -> None:
    """acks=all, idempotent, Java's partitioner."""
    config = kafka.config("b:1", "none")
    assert (config["acks"], config["enable.idempotence"], config["partitioner"]) == ("all", True, "murmur2_random")


def test_without_brokers_the_target_says_what_is_missing() -> None:
    """Before anything is touched."""
    with pytest.raises(TargetError, match="KAFKA_BOOTSTRAP_SERVERS"):
        kafka.connect("", "none", "r")

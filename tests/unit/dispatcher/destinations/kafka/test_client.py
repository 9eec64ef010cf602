"""The client that is kept: when it is used again, and when a new one is made."""

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from dispatcher.destinations.kafka.client import IDLE_MS, SETUP_MS
from dispatcher.destinations.kafka.topic import KafkaTopic
from dispatcher.fault import FaultKind
from tests.support.aws_wire import entries, kinds
from tests.support.dispatcher import parcel
from tests.support.fake_producer import Answer, FakeProducer, SaidError, Time, Verdict, kafka_topic


class Made:
    """Topics whose clients are all kept to be looked at."""

    def __init__(self, verdict: Verdict = lambda _: Answer()) -> None:
        self.time = Time()
        self.verdict = verdict
        self.clients: list[FakeProducer] = []
        self.where = kafka_topic(self.make, self.time)

    def make(self, config: Mapping[str, Any]) -> FakeProducer:
        """Make a client, whose dict is its own."""
        self.clients.append(FakeProducer(self.time, lambda value: self.verdict(value), config=dict(config)))
        return self.clients[-1]

    def send(self, number: int = 1) -> list[FaultKind | None]:
        """Send some messages."""
        load = entries(self.where, *([parcel(n, value=b"%d" % n)] for n in range(number)))
        return kinds(self.where.send(load, 1.0))


def test_nothing_is_connected_before_the_first_call() -> None:
    """A table can be checked on a machine that reaches no broker, and a call finds the client of the one before."""
    made = Made()
    assert made.clients == []
    assert made.send() == made.send() == [None]
    assert len(made.clients) == 1


@pytest.mark.robustness("kept connections that went bad")
@pytest.mark.parametrize(("idle_ms", "clients"), [(IDLE_MS - 1_000, 1), (IDLE_MS + 1_000, 2), (-1_000, 2)])
def test_after_a_freeze_no_connection_is_trusted(idle_ms: int, clients: int) -> None:
    """What Kafka has not answered for minutes, or a clock that went back, has a new client; the old one is closed."""
    made = Made()
    made.send()
    made.time.at += idle_ms / 1000
    assert made.send() == [None]
    assert len(made.clients) == clients
    assert [each.closed for each in made.clients] == [True] * (clients - 1) + [False]


def test_a_client_that_is_used_is_kept() -> None:
    """The time without an answer counts from the last one, not from when the client was made."""
    made = Made()
    for _ in range(3):
        assert made.send() == [None]
        made.time.at += (IDLE_MS - 1_000) / 1000
    assert len(made.clients) == 1


@pytest.mark.parametrize(
    ("verdict", "number", "renewed"),
    [
        (lambda _: None, 2, True),
        (lambda value: None if value == b"1" else Answer(), 2, True),
        (lambda _: Answer(0.0, SaidError("TOPIC_AUTHORIZATION_FAILED")), 2, True),
        (lambda _: Answer(0.0, SaidError("_FATAL", ends=True)), 1, True),
        (lambda value: Answer(0.0, SaidError("_FATAL", ends=True) if value == b"1" else None), 2, True),
        (lambda _: Answer(0.0, SaidError("INVALID_RECORD")), 1, False),
        (lambda _: Answer(0.0, SaidError("THROTTLING_QUOTA_EXCEEDED")), 1, False),
        (lambda value: Answer(0.0, SaidError("NOT_ENOUGH_REPLICAS") if value == b"1" else None), 2, False),
    ],
    ids=[
        "silence",
        "purged in part",
        "a topic's error is remembered",
        "fatal",
        "fatal in part",
        "refused",
        "throttled",
        "in part",
    ],
)
def test_a_client_that_failed_is_not_used_again(verdict: Verdict, number: int, renewed: bool) -> None:
    """After a purge its batches have gaps; one that could send nothing may know wrong addresses, topics or rights."""
    made = Made()
    made.send()
    made.verdict = verdict
    made.send(number)
    made.verdict = lambda _: Answer()
    assert made.send() == [None]
    assert len(made.clients) == 1 + renewed
    assert made.clients[0].closed is renewed


@pytest.mark.robustness("calls that would outlast their time")
@pytest.mark.parametrize("verdict", [lambda _: None, lambda _: Answer(0.0, SaidError("_TRANSPORT"))])
def test_a_new_client_has_time_to_connect(verdict: Verdict) -> None:
    """Calls that are shorter than it takes to log in reach Kafka in the end; a client that never does is not kept."""
    made = Made(verdict)
    began = made.time.at
    while made.time.at < began + SETUP_MS / 1000:
        assert len(made.clients) <= 1
        assert made.send() == [FaultKind.TRANSIENT]
        made.time.at += 0.3
    made.send()
    made.verdict = lambda _: Answer()
    assert made.send() == [None]
    assert [each.closed for each in made.clients] == [True, False]


def test_a_new_client_that_has_ended_is_not_kept() -> None:
    """What it says of itself goes before its age."""
    made = Made(lambda _: Answer(0.0, SaidError("_FATAL", ends=True)))
    assert made.send() == [FaultKind.TRANSIENT]
    assert [each.closed for each in made.clients] == [True]


class Later(Executor):
    """Begins what it is given when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Any, tuple[Any, ...]]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        self.waiting.append((future, fn, args))
        return future

    def run(self) -> None:
        """Do all that waits."""
        for future, fn, args in self.waiting:
            try:
                future.set_result(fn(*args))
            except Exception as error:
                future.set_exception(error)
        self.waiting = []


def held_up(where: KafkaTopic) -> list[FaultKind | None]:
    """Send a message with hardly any time."""
    return kinds(where.send(entries(where, [parcel(1)]), 0.01))


@pytest.mark.robustness("calls that would outlast their time")
def test_a_client_that_takes_long_to_make_costs_no_more_than_the_call() -> None:
    """The client waits for a token of MSK for up to 10 s: a later call finds it, and no second one is made."""
    made, threads = Made(), Later()
    where = kafka_topic(made.make, made.time, threads)
    assert held_up(where) == held_up(where) == [FaultKind.TRANSIENT]
    threads.run()
    assert held_up(where) == [None] and len(made.clients) == 1


@pytest.mark.robustness("sources and targets that fail on the way")
def test_a_client_that_cannot_be_made_is_tried_again() -> None:
    """Without a token, or with options that the client refuses, each call says so, and the next one tries."""
    time = Time()
    tries: list[None] = []

    def make(_: Mapping[str, Any]) -> FakeProducer:
        tries.append(None)
        if len(tries) < 3:
            raise TimeoutError("OAuth token not set")
        return FakeProducer(time)

    where = kafka_topic(make, time)
    assert [held_up(where) for _ in range(3)] == [[FaultKind.TRANSIENT], [FaultKind.TRANSIENT], [None]]


@pytest.mark.robustness("secrets that an error or a table could show")
def test_an_option_that_the_client_refuses_is_not_shown() -> None:
    """The client repeats values that it does not take, and one of them may be a password."""

    def make(_: Mapping[str, Any]) -> FakeProducer:
        raise ValueError('Invalid value "hush-hush" for configuration property "sasl.password"')

    where = kafka_topic(make, Time())
    (fault,) = where.send(entries(where, [parcel(1)]))
    assert fault is not None and "sasl.password" in fault.error and "hush-hush" not in fault.error

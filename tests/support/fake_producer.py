"""A Kafka client in virtual time: each message is answered after some seconds, or never."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from comboio.clocks import Clocks
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.kafka.client import KeptClient
from dispatcher.destinations.kafka.connection import KafkaOptions, client_options
from dispatcher.destinations.kafka.topic import KafkaTopic
from dispatcher.destinations.options import read
from tests.support.dispatcher import NOW, InlineExecutor


class SaidError(NamedTuple):
    """An error as the client reports it."""

    code: str
    ends: bool = False

    def __eq__(self, other: object) -> bool:
        """Compare as the real one does, which knows other errors and numbers only."""
        if not isinstance(other, SaidError):
            raise TypeError(f"{type(other).__name__} cannot be interpreted as an integer")
        return self.code == other.code

    def __hash__(self) -> int:
        return hash(self.code)

    def name(self) -> str:
        return self.code

    def str(self) -> str:
        return f"Broker: {self.code}"

    def fatal(self) -> bool:
        return self.ends


class RaisedError(Exception):
    """What the client raises, with its error as the argument."""


class Answer(NamedTuple):
    """What becomes of a message."""

    after_s: float = 0.0
    error: SaidError | None = None


Verdict = Callable[[bytes | None], Answer | None]
"""The answer to a value; None: it never comes."""


@dataclass
class Time:
    """A clock that only the client moves, and the test."""

    at: float = 1_000.0

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: NOW + int(self.at * 1000), lambda: self.at)


@dataclass
class FakeProducer:
    """See dispatcher.destinations.kafka.client.Client."""

    time: Time
    verdict: Verdict = lambda _: Answer()
    in_flight: bool = True
    """Whether what is not answered had left for the broker."""
    hangs: bool = False
    """Whether a purge has no effect, as where a thread of the client hangs."""
    raises: Callable[[bytes | None], Exception | None] = lambda _: None
    """What `produce` raises at a value."""
    fatal: bool = False
    """Whether flush raises."""
    produce_s: float = 0.0
    produced: list[tuple[str, bytes | None, bytes | None, Sequence[tuple[str, bytes]], int]] = field(
        default_factory=list
    )
    closed: bool = False
    purges: list[bool] = field(default_factory=list)
    config: Mapping[str, Any] = field(default_factory=dict)
    _open: list[tuple[float, Answer | None, Callable[[Any, Any], None]]] = field(default_factory=list)

    def produce(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        *,
        headers: Sequence[tuple[str, bytes]],
        timestamp: int,
        on_delivery: Callable[[Any, Any], None],
    ) -> None:
        assert not self.closed
        self.time.at += self.produce_s
        if error := self.raises(value):
            raise error
        self.produced.append((topic, value, key, headers, timestamp))
        self._open.append((self.time.at, self.verdict(value), on_delivery))

    def flush(self, timeout: float) -> int:
        assert not self.closed and timeout >= 0
        if self.fatal:
            raise RaisedError(SaidError("_FATAL", ends=True))
        until = self.time.at + timeout
        due = [began + answer.after_s if answer else float("inf") for began, answer, _ in self._open]
        self.time.at = max(self.time.at, min(max(due, default=0.0), until))
        left = []
        for when, each in zip(due, self._open, strict=True):
            if when <= self.time.at and each[1] is not None:
                each[2](each[1].error, None)
            else:
                left.append(each)
        self._open = left
        return len(left)

    def purge(self, *, in_queue: bool, in_flight: bool, blocking: bool) -> None:
        assert in_queue and in_flight
        self.purges.append(blocking)
        if not self.hangs:
            code = SaidError("_PURGE_INFLIGHT" if self.in_flight else "_PURGE_QUEUE")
            self._open = [(began, Answer(0.0, code), report) for began, _, report in self._open]

    def close(self) -> None:
        self.closed = True


SPEC = {"type": "kafka", "target": "mirror", "bootstrap_servers": "b1:9092,b2:9092"}


def kafka_topic(
    make: Callable[[Mapping[str, Any]], FakeProducer], time: Time, threads: Executor | None = None, **more: Any
) -> KafkaTopic:
    """Return a topic whose clients are made so."""
    spec = DestinationSpec.model_validate({**SPEC, **more})
    options = read(KafkaOptions, spec)
    kept = KeptClient(client_options(options, spec.shown), make, time.clocks.now, threads or InlineExecutor())
    return KafkaTopic(spec, "a", kept, options, time.clocks)

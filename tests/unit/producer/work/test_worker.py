"""A worker: every reading of its source is sent, rejected with a reason, or asked for again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from comboio.contract.partition_key import by_codigo_truck_id
from producer.kafka.config import kafka_config
from producer.kafka.delivery import KafkaDelivery
from producer.message.bad_input import FaultPlan
from producer.message.builder import MessageBuilder
from producer.message.event_id import EventIds
from producer.message.pipeline import Pipeline
from producer.message.topic_resolver import TopicResolver
from producer.metrics.meter import Meter
from producer.options.settings import ProducerSettings
from producer.source.reading import Reading, Readings, Rejected, Taken
from producer.state.reject_file import RejectFile
from producer.topics.file import Topics
from producer.work.message_limit import MessageLimit
from producer.work.throttle import Throttle
from producer.work.worker import IDLE_S, RETRY_S, Worker
from tests.support.fake_kafka import FakeCluster
from tests.support.faulty_disk import failure_log, sound_disk


class _Source:
    """Gives what it was told to, or raises it."""

    def __init__(self, *answers: Taken | OSError | None) -> None:
        self.answers = list(answers)
        self.asked: list[int] = []

    def read(self, count: int, now: int) -> Taken | None:
        self.asked.append(count)
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer


class _Bench:
    """A worker over a cluster in memory."""

    def __init__(self, source: _Source, limit: int = 0, faults: dict[str, int] | None = None) -> None:
        settings = ProducerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "b:1"})
        topics = Topics.load()
        self.source = source
        self.cluster = FakeCluster()
        self.meter = Meter(0.0)
        self.rejects = RejectFile(lambda: Path("none"), lambda: "", sound_disk(), failure_log())
        self.delivery = KafkaDelivery(
            kafka_config(settings), self.cluster.connect, self.meter, None, self.rejects, 10.0, lambda: 0.0
        )
        self.worker = Worker(
            source=source,
            pipeline=Pipeline(
                MessageBuilder(EventIds(lambda size: b"\1" * size), 0),
                TopicResolver(topics.strategy(settings.topic_strategy), topics.known),
                by_codigo_truck_id,
            ),
            delivery=self.delivery,
            throttle=Throttle(1_000, 0, lambda: 0.0),
            limit=MessageLimit(limit),
            meter=self.meter,
            rejects=self.rejects,
            faults=FaultPlan(faults or {}, 0.0),
            failures=failure_log(),
            now=lambda: 1_795_359_600_000,
        )

    def turn(self) -> float | None:
        return self.worker.turn(1, lambda: False)


def _taken(*codigos: int, settled: Callable[[], None] | None = None) -> Taken:
    return Taken(Readings.of([Reading(codigo, "T-1", "", '"truck_id":"T-1"') for codigo in codigos]), (), settled)


def test_what_the_source_gives_is_in_kafka() -> None:
    """A turn sends a batch, pays for it, and lets the source forget it when it is acknowledged."""
    settled: list[bool] = []
    bench = _Bench(_Source(_taken(301, 302, settled=lambda: settled.append(True))))
    assert bench.turn() == pytest.approx(0.002)
    bench.delivery.settle()
    assert ([key for _, key, _ in bench.cluster.written], settled) == ([b"301:T-1", b"302:T-1"], [True])


def test_an_unknown_code_is_rejected_and_the_others_are_sent() -> None:
    """One reading does not hold up its batch, and counts as rejected."""
    bench = _Bench(_Source(_taken(301, 777_777, 302)))
    bench.turn()
    assert (len(bench.cluster.written), len(bench.rejects)) == (2, 1)
    assert bench.meter.figures(1.0, 0, 0).rejected == 1


def test_a_batch_of_rejects_is_settled_too() -> None:
    """A source may forget lines that are rejected, as soon as nothing before them is open."""
    settled: list[bool] = []
    taken = Taken(Readings.of([]), [Rejected("malformed", "a:0", b"x")], lambda: settled.append(True))
    bench = _Bench(_Source(taken))
    assert bench.turn() == 0.0
    bench.delivery.settle()
    assert (len(bench.rejects), settled) == (1, [True])


def test_it_pauses_when_there_is_nothing_and_ends_when_there_is_no_more() -> None:
    """An empty source is asked again soon."""
    bench = _Bench(_Source(_taken(), None))
    assert (bench.turn(), bench.turn()) == (IDLE_S, None)


def test_a_source_that_cannot_be_read_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """An error of a disk ends nothing, is logged once, and costs none of the messages allowed."""
    bench = _Bench(_Source(OSError(5, "Input/output error"), OSError(5, "Input/output error"), _taken(301)), limit=1)
    assert (bench.turn(), bench.turn()) == (RETRY_S, RETRY_S)
    bench.turn()
    assert len(bench.cluster.written) == 1
    assert caplog.text.count("reading the source failed") == 1


def test_no_more_than_the_limit_is_produced() -> None:
    """What the source did not need of the limit is there for the next turn."""
    bench = _Bench(_Source(_taken(301), _taken(301, 302)), limit=3)
    bench.turn()
    bench.turn()
    assert bench.turn() is None
    assert bench.source.asked == [3, 2]


def test_rejects_without_room_hold_up_the_source() -> None:
    """Nothing is read while what was rejected cannot be written."""
    bench = _Bench(_Source())
    while not bench.rejects.full():
        bench.rejects.add("malformed", "a:0", b"x" * (1 << 20))
    assert bench.turn() == RETRY_S
    assert bench.source.asked == []


def test_faults_on_purpose_wait_for_a_message() -> None:
    """A tombstone that is due goes out with the next message, and only once."""
    bench = _Bench(_Source(_taken(), _taken(301, 302)), faults={"tombstone": 1})
    bench.turn()
    bench.turn()
    assert [value for _, _, value in bench.cluster.written].count(None) == 1

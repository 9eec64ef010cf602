"""A run: the spool before everything else, and at its end no message is unaccounted for."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from comboio.clocks import Clocks
from comboio.contract.partition_key import by_codigo_truck_id
from comboio.host.disk import Disk
from producer.kafka.config import kafka_config
from producer.kafka.delivery import KafkaDelivery
from producer.message.bad_input import FaultPlan
from producer.message.builder import MessageBuilder
from producer.message.event_id import EventIds
from producer.message.message import OutgoingMessage
from producer.message.pipeline import Pipeline
from producer.message.topic_resolver import TopicResolver
from producer.metrics.meter import Figures, Meter
from producer.options.settings import ProducerSettings
from producer.run import Controls, Run
from producer.source.reading import Reading, Readings, Rejected, Source, Taken
from producer.state.reject_file import RejectFile
from producer.state.spool import Spool
from producer.stores import Stores
from producer.topics.file import Topics
from producer.work.message_limit import MessageLimit
from producer.work.throttle import Throttle
from producer.work.worker import Worker
from tests.support.fake_kafka import FakeCluster
from tests.support.faulty_disk import FaultyCalls, failure_log, progress


class _Source:
    """Gives `count` readings, one by one, while the cluster is up; `at` is called before each."""

    def __init__(self, count: int, at: Callable[[int], None], up: Callable[[], bool] = lambda: True) -> None:
        self._left = count
        self._up = up
        self._at = at
        self.settled = 0

    def read(self, count: int, now: int) -> Taken | None:
        if not self._left:
            return None
        if not self._up():
            return Taken(Readings.of([]))
        self._at(self._left)
        self._left -= 1
        return Taken(Readings.of([Reading(301, f"T-{self._left}", "", '"truck_id":"T"')]), (), self._settle)

    def _settle(self) -> None:
        self.settled += 1


@dataclass
class _SimulatedRun:
    """What a run is made of, and what can go wrong with it."""

    directory: Path
    cluster: FakeCluster
    calls: FaultyCalls
    stop: threading.Event
    clocks: Clocks = Clocks()  # noqa: RUF009 - immutable

    def spool(self, first: Callable[[], bool] = lambda: True) -> Spool:
        return Spool(lambda: self.directory / "spool.jsonl", Disk(self.calls), failure_log(), first)

    def run(self, source: Source, **options: str) -> Figures:
        environ = {f"PRODUCER_{name.upper()}": value for name, value in options.items()}
        settings = ProducerSettings.from_environment(
            {"KAFKA_BOOTSTRAP_SERVERS": "b:1", "PRODUCER_FLUSH_TIMEOUT": "0", "PRODUCER_RATE": "0", **environ}
        )
        clocks = self.clocks
        disk, meter = Disk(self.calls), Meter(clocks.clock())
        rejects = RejectFile(lambda: self.directory / "rejected.jsonl", lambda: "", disk, failure_log())
        stores = Stores(self.spool(rejects.flush), rejects, progress(None), None)
        delivery = KafkaDelivery(kafka_config(settings), self.cluster.connect, meter, None, rejects, 0.2, clocks.clock)
        throttle = Throttle(settings.rate, 0, clocks.clock)
        topics = Topics.load()
        worker = Worker(
            source=source,
            pipeline=Pipeline(
                MessageBuilder(EventIds(lambda size: b"\1" * size), 0),
                TopicResolver(topics.strategy(settings.topic_strategy), topics.known),
                by_codigo_truck_id,
            ),
            delivery=delivery,
            throttle=throttle,
            limit=MessageLimit(0),
            meter=meter,
            rejects=rejects,
            faults=FaultPlan({}, 1.0),
            failures=failure_log(),
            now=clocks.now,
        )
        return Run(settings, [worker], delivery, throttle, meter, stores, Controls(self.stop), clocks).go()

    def keys(self) -> list[bytes | None]:
        return [key for _, key, _ in self.cluster.written]


@pytest.fixture
def world(tmp_path: Path) -> _SimulatedRun:
    return _SimulatedRun(tmp_path, FakeCluster(), FaultyCalls(), threading.Event())


def _spooled(number: int) -> OutgoingMessage:
    return OutgoingMessage("t", b"old-%d" % number, b"v", "e", "c", "00")


def test_a_run_ends_with_its_source_and_everything_acknowledged(world: _SimulatedRun) -> None:
    """Each reading is in Kafka once, its source may forget it, and nothing is left on disk."""
    source = _Source(50, lambda _: None)
    figures = world.run(source)
    assert (figures.produced, figures.acked, figures.queue, figures.spooled) == (50, 50, 0, 0)
    assert (len(set(world.keys())), source.settled) == (50, 50)
    assert list(world.directory.iterdir()) == []


def test_the_spool_of_an_earlier_run_is_sent_first(world: _SimulatedRun) -> None:
    """In its order, and then it is gone."""
    world.spool().replace(map(_spooled, range(5)))
    figures = world.run(_Source(3, lambda _: None))
    assert world.keys()[:5] == [b"old-%d" % number for number in range(5)]
    assert (figures.recovered, figures.acked, figures.spooled) == (5, 8, 0)
    assert list(world.directory.iterdir()) == []


def test_an_outage_keeps_the_order(world: _SimulatedRun) -> None:
    """What waited for too long is spooled and sent before anything newer."""

    def at(left: int) -> None:
        if left == 10:
            world.cluster.up = False
            threading.Timer(0.5, lambda: setattr(world.cluster, "up", True)).start()

    figures = world.run(_Source(30, at, lambda: world.cluster.up), flush_timeout="10")
    assert (figures.produced, figures.acked, figures.queue) == (30, 30, 0)
    assert list(dict.fromkeys(world.keys())) == [b"301:T-%d" % number for number in range(29, -1, -1)]


def test_a_stop_without_kafka_spools_what_is_open(world: _SimulatedRun) -> None:
    """The next run has all of it, behind what the spool had before."""
    world.spool().replace([_spooled(1)])
    world.cluster.up = False
    threading.Timer(0.3, world.stop.set).start()
    figures = world.run(_Source(5, lambda _: None))
    assert (figures.acked, figures.spooled, figures.queue) == (0, 1, 0)
    assert [message.key for message in world.spool().read()] == [b"old-1"]


def test_a_full_disk_and_no_kafka_take_nothing_that_was_safe(world: _SimulatedRun) -> None:
    """The spool of an earlier run stays, what is lost is counted as such, and its source keeps it."""
    world.spool().replace(map(_spooled, range(3)))
    world.cluster.up = False
    world.calls.broken = True
    world.clocks = Clocks(clock=lambda: 20 * time.monotonic())  # its end waits long for a disk
    threading.Timer(0.6, world.stop.set).start()
    figures = world.run(_Source(5, lambda _: None))
    assert (figures.recovered, figures.acked, figures.spooled, figures.queue) == (3, 0, 0, 3)
    world.calls.broken = False
    assert [message.key for message in world.spool().read()] == [b"old-0", b"old-1", b"old-2"]


def test_a_full_disk_does_not_end_a_run_that_kafka_can_serve(world: _SimulatedRun) -> None:
    """What no disk takes is sent again from memory, and its source forgets it only then."""

    def at(left: int) -> None:
        if left == 10:
            world.cluster.up, world.calls.broken = False, True
            threading.Timer(0.5, lambda: setattr(world.cluster, "up", True)).start()
        if left == 1:
            world.calls.broken = False

    source = _Source(20, at, lambda: world.cluster.up)
    figures = world.run(source, flush_timeout="10")
    assert (figures.produced, figures.acked, figures.queue, figures.spooled) == (20, 20, 0, 0)
    assert (len(set(world.keys())), source.settled) == (20, 20)


@pytest.mark.robustness("options at their least and their most")
def test_the_last_messages_do_not_wait_for_others(world: _SimulatedRun) -> None:
    """However long PRODUCER_LINGER_MS is, the end of a run, and of a spool, sends what there is."""
    world.spool().replace([_spooled(1)])
    world.cluster.lingers = True
    figures = world.run(_Source(5, lambda _: None), flush_timeout="5")
    assert (figures.acked, figures.spooled, figures.queue) == (6, 0, 0)


@pytest.mark.robustness("options at their least and their most")
def test_the_end_of_a_run_spools_nothing_that_only_waits_for_others(world: _SimulatedRun) -> None:
    """What Kafka takes at once has no need of a disk."""
    world.cluster.lingers = True
    assert world.run(_Source(5, lambda _: None), flush_timeout="5").acked == 5
    assert world.calls.made == 0


@pytest.mark.robustness("options at their least and their most")
def test_rejects_are_saved_however_rarely_figures_are_wanted(world: _SimulatedRun) -> None:
    """With a line of figures an hour they would fill the memory, and the workers would wait for the hour to be over."""
    world.clocks = Clocks(clock=lambda: 50 * time.monotonic())
    found = []

    def look() -> None:
        found.append((world.directory / "rejected.jsonl").exists())
        world.stop.set()

    def at(left: int) -> None:
        if left == 1:
            threading.Timer(0.3, look).start()

    world.run(_Rejecting(at), stats_interval="3600")
    assert found == [True]


class _Rejecting:
    """Gives one reject, and then nothing until the run is stopped."""

    def __init__(self, at: Callable[[int], None]) -> None:
        self._at = at
        self._given = False

    def read(self, count: int, now: int) -> Taken | None:
        rejected = () if self._given else (Rejected("malformed", "a:0", b"x"),)
        if not self._given:
            self._given = True
            self._at(1)
        return Taken(Readings.of([]), rejected)

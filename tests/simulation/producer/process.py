"""One producer process: all of the real code, over a client, a disk, a source and clocks of the simulation."""

import os
from functools import cache
from pathlib import Path

from comboio.clocks import Clocks
from comboio.contract.partition_key import by_codigo_truck_id
from comboio.host.disk import Disk
from producer.host.failure_log import FailureLog
from producer.iso_time import iso_utc
from producer.kafka.client import Connect
from producer.kafka.cluster import BatchLimits
from producer.kafka.config import kafka_config
from producer.kafka.delivery import KafkaDelivery
from producer.message.bad_input import FaultPlan
from producer.message.builder import MessageBuilder
from producer.message.event_id import EventIds
from producer.message.pipeline import Pipeline
from producer.message.topic_resolver import TopicResolver
from producer.metrics.meter import Figures, Meter
from producer.options.instance import Instance
from producer.options.settings import ProducerSettings
from producer.run import Controls, Run
from producer.source.directory import DirectoryLines
from producer.source.file import FileLines
from producer.source.lines import Lines, LineSource
from producer.source.progress import Progress
from producer.source.stdin import PipeLines
from producer.source.watch import Polling
from producer.state.ack_journal import AckJournal
from producer.state.reject_file import RejectFile
from producer.state.spool import Spool
from producer.stores import Stores
from producer.topics.file import Topics
from producer.work.message_limit import MessageLimit
from producer.work.pool import Threads
from producer.work.throttle import Throttle
from producer.work.worker import Worker
from tests.simulation.producer.calls import Calls
from tests.simulation.producer.disk import ScriptedCalls
from tests.simulation.producer.input import Input, WatchedLines
from tests.simulation.producer.turns import Halt, Pool, Turns

DAY_MS = 1_700_000_000_000
BATCH_BYTES = 8_000
"""What a topic takes in one go as far as the producer knows at its start."""

_topics = cache(Topics.load)


class Paths:
    """Where things are."""

    def __init__(self, directory: Path) -> None:
        self.spool = directory / "spool.jsonl"
        self.rejects = directory / "rejected.jsonl"
        self.progress = directory / "progress"
        self.journal = directory / "acked"


class Process:
    """What one process is made of. `connect` makes its clients."""

    def __init__(
        self,
        settings: ProducerSettings,
        paths: Paths,
        lines: Input,
        calls: Calls,
        disk_calls: ScriptedCalls,
        turns: Turns,
    ) -> None:
        self.settings = settings
        self.stop = Halt(turns)
        self._pipe: int | None = None
        self._calls = calls
        self._turns = turns
        self._lines = lines
        self._disk = Disk(disk_calls)
        self._failures = FailureLog(self._clock)
        self._paths = paths
        self.clocks = Clocks(lambda: DAY_MS + int(turns.now * 1000), self._clock, turns.sleep)

    def _clock(self) -> float:
        return self._turns.now

    def open(self) -> None:
        """Open what an earlier one left."""
        paths, disk, failures = self._paths, self._disk, self._failures
        rejects = RejectFile(lambda: paths.rejects, lambda: iso_utc(self.clocks.now()), disk, failures)
        self.stores = Stores(
            spool=Spool(lambda: paths.spool, disk, failures, rejects.flush),
            rejects=rejects,
            progress=Progress(paths.progress, Instance(), disk, failures, self._clock),
            journal=AckJournal(paths.journal, disk, failures),
        )

    def go(self, connect: Connect) -> Figures:
        """Run to its end."""
        settings, stores, clock = self.settings, self.stores, self._clock
        meter = Meter(clock())
        config = kafka_config(settings, BatchLimits(BATCH_BYTES, None))
        delivery = KafkaDelivery(
            config, connect, meter, stores.journal, stores.rejects, settings.delivery_timeout_ms / 1000, clock
        )
        throttle = Throttle(settings.rate, settings.bytes_rate, clock, most=settings.queue_messages // 10)
        topics = _topics()
        worker = Worker(
            source=LineSource(WatchedLines(self._source(), self._calls, self._lines.taken), stores.progress, None),
            pipeline=Pipeline(
                MessageBuilder(EventIds(lambda size: b"\1" * size), 0),
                TopicResolver(topics.strategy(settings.topic_strategy), topics.known),
                by_codigo_truck_id,
            ),
            delivery=delivery,
            throttle=throttle,
            limit=MessageLimit(0),
            meter=meter,
            rejects=stores.rejects,
            faults=FaultPlan({}, 1.0),
            failures=self._failures,
            now=self.clocks.now,
        )
        threads = Threads(lambda _: Pool(self._turns), lambda: Halt(self._turns))
        controls = Controls(self.stop)
        return Run(settings, [worker], delivery, throttle, meter, stores, controls, self.clocks, threads).go()

    def _source(self) -> Lines:
        lines = self._lines
        if lines.kind == "pipe":
            self._pipe = lines.open_pipe()
            return PipeLines(self._pipe)
        progress = self.stores.progress
        if lines.kind == "file":
            return FileLines(lines.path, progress.known)
        return DirectoryLines(lines.directory, ("*",), progress, Instance(), Polling(), self._failures, self._clock)

    def close(self) -> None:
        """Close what the kernel closes when a process ends."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._lines.close_pipe()

"""The producer as a whole: wires the stages and hands them to a run."""

import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from threading import Event

from comboio.contract.partition_key import partition_key
from producer.iso_time import iso_utc
from producer.kafka.config import kafka_config
from producer.kafka.delivery import Delivery
from producer.message.bad_input import FaultPlan
from producer.message.builder import MessageBuilder
from producer.message.event_id import EventIds
from producer.message.pipeline import Pipeline
from producer.message.topic_resolver import TopicResolver
from producer.metrics.meter import Figures, Meter
from producer.options.settings import ProducerSettings
from producer.run import Run
from producer.source.directory import DirectoryLines
from producer.source.file import FileLines
from producer.source.lines import Lines, LineSource
from producer.source.original_timing import Pace
from producer.source.progress import Progress
from producer.source.reading import Source
from producer.source.stdin import PipeLines
from producer.source.synthetic import SyntheticSource, fleet, ranked_codes
from producer.state.ack_journal import AckJournal
from producer.state.directory import State
from producer.state.reject_file import RejectFile
from producer.state.spool import Spool
from producer.topics.file import Topics
from producer.work.message_limit import Quota
from producer.work.throttle import Throttle
from producer.work.worker import Worker

_log = logging.getLogger(__name__)
_BATCHES_A_QUEUE = 10
"""A batch takes no more of the client's queue than one part of so many."""
_ENDLESS_S = 60.0
"""Time that faults are spread over when the run has no end of its own."""


def run(
    settings: ProducerSettings,
    report: Callable[[Figures], None],
    stop: Event,
    reload: Callable[[], tuple[float, float] | None] = lambda: None,
    alive: Callable[[], None] = lambda: None,
) -> Figures:
    """Produces until the run's end or until `stop` is set, then flushes; the figures of the whole run.

    Args:
        settings: all options.
        report: gets the figures every `stats_interval`, and last those of the whole run.
        stop: ends the run in order.
        reload: asked all the time for new rates (messages, bytes a second).
        alive: called all the time that the main loop goes round.

    What Kafka has not acknowledged at the end is `spooled`, and sent first by the next run with that state directory.

    Raises:
        TopicsError: the topics file or the strategy is wrong.
        KafkaUnreachableError: Kafka does not answer, or lacks a topic.
        StateTakenError: another producer has the state directory.
        OSError: a file cannot be read or written.
    """
    topics = Topics.load(settings.topics_file)
    strategy = topics.strategy(settings.topic_strategy)
    resolver = TopicResolver(strategy, topics.known)
    meter = Meter(time.monotonic())
    with ExitStack() as stack:
        journal = stack.enter_context(AckJournal(settings.ack_journal)) if settings.ack_journal else None
        state = stack.enter_context(State(settings.state_dir, settings.instance))
        rejects = RejectFile(
            lambda: settings.reject_file or state.path() / "rejected.jsonl", lambda: iso_utc(_wall_ms())
        )
        delivery = Delivery(
            kafka_config(settings), meter, journal, rejects, settings.delivery_timeout_ms / 1000, time.monotonic
        )
        delivery.check(strategy.topics(), settings.connect_timeout)
        shared = state.shared()
        progress = Progress(shared / "progress" if shared and not settings.file_loop else None)
        first = settings.ramp[0].rate if settings.ramp else None
        throttle = Throttle(
            settings.rate if first is None else first,
            settings.bytes_rate,
            time.monotonic,
            most=settings.queue_messages // _BATCHES_A_QUEUE,
        )
        workers = _workers(settings, resolver, delivery, throttle, meter, rejects, progress)
        _log.info("producing", extra={"bootstrap": settings.bootstrap, "rate": settings.rate})
        return Run(
            settings=settings,
            workers=workers,
            delivery=delivery,
            throttle=throttle,
            meter=meter,
            spool=Spool(lambda: state.path() / "spool.jsonl", state.lasting),
            keepers=[rejects.flush, *([journal.flush] if journal else []), progress.save],
            report=report,
            stop=stop,
            reload=reload,
            alive=alive,
            clock=time.monotonic,
            wall_ms=_wall_ms,
        ).go()


def _workers(
    settings: ProducerSettings,
    resolver: TopicResolver,
    delivery: Delivery,
    throttle: Throttle,
    meter: Meter,
    rejects: RejectFile,
    progress: Progress,
) -> list[Worker]:
    """One a source: a truck's readings, or a file's lines, are one worker's, so that order needs no locks."""
    quota = Quota(settings.messages)
    key = partition_key(settings.key_strategy, settings.key_heavy_codes, settings.key_buckets)
    return [
        Worker(
            source=source,
            pipeline=Pipeline(MessageBuilder(EventIds(os.urandom), settings.message_bytes), resolver, key),
            delivery=delivery,
            throttle=throttle,
            quota=quota,
            meter=meter,
            rejects=rejects,
            faults=FaultPlan(settings.faults if number == 0 else {}, settings.duration or _ENDLESS_S),
            wall_ms=_wall_ms,
        )
        for number, source in enumerate(_sources(settings, progress))
    ]


def _sources(settings: ProducerSettings, progress: Progress) -> list[Source]:
    lines: Lines
    path = settings.source_path
    if settings.source == "synthetic":
        return _simulations(settings)
    if settings.source == "stdin":
        lines = PipeLines(sys.stdin.fileno())
    elif path is None:
        raise ValueError("checked with the settings")
    elif settings.source == "file":
        offset = progress.offset(path)
        if offset:
            _log.info("going on in a file", extra={"file": str(path), "offset": offset, "size": path.stat().st_size})
        lines = FileLines(path, offset, settings.file_loop)
    else:
        lines = DirectoryLines(path, progress, settings.instance, time.monotonic)
    return [LineSource(lines, progress, Pace() if settings.timing == "original" else None)]


def _simulations(settings: ProducerSettings) -> list[Source]:
    """A part of this instance's trucks for each thread that there will ever be."""
    number, count = settings.instance
    parts = max([settings.threads, *(step.threads or 1 for step in settings.ramp)])
    trucks = fleet(max(settings.trucks, parts * count), settings.fleets, settings.seed)[number::count]
    codes = ranked_codes(settings.codes)
    return [
        SyntheticSource(trucks[part::parts], codes, f"{settings.seed}:{number}/{count}:{part}") for part in range(parts)
    ]


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000

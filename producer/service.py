"""The producer as a whole: wires the stages and hands them to a run."""

import logging
import os
import random
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import Producer

from comboio.clocks import Clocks
from comboio.contract.partition_key import partition_key
from comboio.host.disk import Disk, SystemCalls
from producer.host.failure_log import FailureLog
from producer.iso_time import iso_utc
from producer.kafka.client import KafkaClient
from producer.kafka.cluster import check_topics
from producer.kafka.config import connection, kafka_config
from producer.kafka.delivery import KafkaDelivery
from producer.message.bad_input import FaultPlan
from producer.message.builder import MessageBuilder
from producer.message.event_id import EventIds
from producer.message.forwarding import Forwarding
from producer.message.pipeline import Pipeline
from producer.message.stages import Stages
from producer.message.topic_resolver import TopicResolver
from producer.message.trace_sampling import TraceSampling
from producer.metrics.meter import Figures, Meter
from producer.options.settings import ProducerSettings
from producer.run import Controls, Run
from producer.schema.encoding import Encoding
from producer.source.directory import DirectoryLines
from producer.source.file import FileLines
from producer.source.line import Parse, parse
from producer.source.lines import Lines, LineSource
from producer.source.original_timing import OriginalTiming
from producer.source.progress import Progress
from producer.source.reading import Source
from producer.source.stdin import PipeLines
from producer.source.synthetic import SyntheticSource, fleet, ranked_codes
from producer.source.watch import watch
from producer.state.ack_journal import AckJournal
from producer.state.directory import StateDirectory
from producer.state.reject_file import RejectFile
from producer.state.spool import Spool
from producer.stores import Stores
from producer.topics.file import Topics
from producer.work.message_limit import MessageLimit
from producer.work.throttle import Throttle
from producer.work.worker import Worker

_BATCHES_A_QUEUE = 10
"""A batch is at most this part of the client's queue."""

_ENDLESS_S = 60.0
"""Time that faults on purpose are spread over when the run has no end of its own."""

STANDARD_INPUT = 0
"""The file descriptor that `stdin` is read from."""

_log = logging.getLogger(__name__)


def run(settings: ProducerSettings, controls: Controls, clocks: Clocks = Clocks()) -> Figures:  # noqa: B008 - immutable
    """Produce until the run's end or until it is stopped, then flush; return the figures of the whole run.

    What Kafka has not acknowledged at the end is spooled, and sent first by the next run with that state directory.

    Raises:
        ConfigurationError: the topics file, the strategy, the routing table or a schema is wrong.
        KafkaUnreachableError: Kafka does not answer, or lacks a topic.
        RegistryUnavailableError: the schema registry does not answer, or lacks a schema.
        StateTakenError: another producer has the state directory.
        OSError: the state of an earlier run cannot be read.
    """
    topics = Topics.load(settings.topics_file)
    strategy = topics.strategy(settings.topic_strategy)
    parse_line = _parse(settings)
    meter = Meter(clocks.clock())
    failures = FailureLog(clocks.clock)
    with StateDirectory(settings.state_dir, settings.instance) as state:
        stores = _stores(settings, state, failures, clocks)
        wanted = [settings.topic] if settings.topic else strategy.topics()
        limits = check_topics(connection(settings), wanted, settings.connect_timeout)
        delivery = KafkaDelivery(
            kafka_config(settings, limits),
            _connect,
            meter,
            stores.journal,
            stores.rejects,
            settings.delivery_timeout_ms / 1000,
            clocks.clock,
        )
        first = settings.ramp[0].rate if settings.ramp else None
        throttle = Throttle(
            settings.rate if first is None else first,
            settings.bytes_rate,
            clocks.clock,
            most=settings.queue_messages // _BATCHES_A_QUEUE,
        )
        limit = MessageLimit(settings.messages)
        pipeline = _encoded(settings, wanted, _pipeline(settings, TopicResolver(strategy, topics.known)))
        # One worker a source: a truck's readings, or a file's lines, are one worker's, so that order needs no locks.
        workers = [
            Worker(
                source=source,
                pipeline=pipeline(),
                delivery=delivery,
                throttle=throttle,
                limit=limit,
                meter=meter,
                rejects=stores.rejects,
                faults=FaultPlan(settings.faults if number == 0 else {}, settings.duration or _ENDLESS_S),
                failures=failures,
                now=clocks.now,
            )
            for number, source in enumerate(_sources(settings, parse_line, stores.progress, failures, clocks))
        ]
        _log.info("producing", extra={"bootstrap": settings.bootstrap_servers, "rate": settings.rate})
        return Run(settings, workers, delivery, throttle, meter, stores, controls, clocks).go()


def _stores(settings: ProducerSettings, state: StateDirectory, failures: FailureLog, clocks: Clocks) -> Stores:
    disk = Disk(SystemCalls())
    shared = state.shared()
    rejects = RejectFile(
        lambda: settings.reject_file or state.path() / "rejected.jsonl", lambda: iso_utc(clocks.now()), disk, failures
    )
    return Stores(
        spool=Spool(lambda: state.path() / "spool.jsonl", disk, failures, rejects.flush, lasting=state.lasting),
        rejects=rejects,
        progress=Progress(
            shared / "progress" if shared and not settings.file_loop else None, settings.instance, disk, failures
        ),
        journal=AckJournal(settings.ack_journal, disk, failures) if settings.ack_journal else None,
    )


def _pipeline(settings: ProducerSettings, resolver: TopicResolver) -> Callable[[], Stages]:
    """Return what makes a worker's stages."""

    def sampling() -> TraceSampling:
        return TraceSampling(settings.trace_ratio, random.random)

    if settings.topic:
        return lambda: Forwarding(EventIds(os.urandom), settings.topic, sampling())
    key = partition_key(settings.key_strategy, settings.key_heavy_codes, settings.key_buckets)
    return lambda: Pipeline(MessageBuilder(EventIds(os.urandom), settings.message_bytes), resolver, key, sampling())


def _encoded(settings: ProducerSettings, topics: Sequence[str], stages: Callable[[], Stages]) -> Callable[[], Stages]:
    """Return what makes a worker's stages, with the one that encodes where a format asks for it."""
    if settings.format == "json":
        return stages
    from producer.schema.encoders import encoders  # only then: JSON needs no registry

    by_topic = encoders(settings, topics)
    return lambda: Encoding(stages(), by_topic)


def _sources(
    settings: ProducerSettings, parse_line: Parse, progress: Progress, failures: FailureLog, clocks: Clocks
) -> list[Source]:
    lines: Lines
    path = settings.source_path
    if settings.source == "synthetic":
        return _simulations(settings)
    if settings.source == "stdin":
        lines = PipeLines(STANDARD_INPUT)
    elif path is None:
        raise ValueError("checked with the settings")
    elif settings.source == "file":
        lines = FileLines(path, progress.known, loop=settings.file_loop)
    else:
        lines = DirectoryLines(
            path, settings.source_names, progress, settings.instance, watch(path), failures, clocks.clock
        )
    timing = OriginalTiming(clocks.clock) if settings.timing == "original" else None
    return [LineSource(lines, progress, timing, parse_line)]


def _parse(settings: ProducerSettings) -> Parse:
    if settings.routes_file is None:
        return parse
    from producer.source.foreign_line import contract_of, foreign  # only then: a routing table takes time to import

    return foreign(contract_of(settings.routes_file, settings.topic, settings.format))


def _simulations(settings: ProducerSettings) -> list[Source]:
    """Return a part of this instance's trucks for each thread that there will ever be."""
    number, count = settings.instance
    parts = max([settings.threads, *(step.threads or 1 for step in settings.ramp)])
    trucks = fleet(max(settings.trucks, parts * count), settings.fleets, settings.seed)[number::count]
    codes = ranked_codes(settings.codes)
    return [
        SyntheticSource(trucks[part::parts], codes, f"{settings.seed}:{number}/{count}:{part}") for part in range(parts)
    ]


def _connect(config: dict[str, Any]) -> KafkaClient:
    client: KafkaClient = Producer(config)
    return client

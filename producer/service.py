"""The producer as a whole: wires the stages, runs worker threads, reports once a second, flushes at the end."""

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event

from comboio.partition_key import partition_key
from producer.delivery import Delivery
from producer.event_id import EventIds
from producer.fault import FaultPlan
from producer.journal import AckJournal
from producer.kafka_config import kafka_config
from producer.message_builder import MessageBuilder
from producer.meter import Figures, Meter
from producer.pipeline import Pipeline
from producer.quota import Quota
from producer.settings import ProducerSettings
from producer.source.synthetic import SyntheticSource, fleet, ranked_codes
from producer.throttle import Throttle
from producer.topic import TopicResolver, Topics
from producer.worker import Worker

_log = logging.getLogger(__name__)
_TICK_S = 0.02
"""How soon reports are handled that come while workers wait; polling without a pause would fight them for the GIL."""
_REPORT_S = 1.0
_ENDLESS_S = 60.0
"""Time that faults are spread over when the run has no end of its own."""


def run(settings: ProducerSettings, report: Callable[[Figures], None], stop: Event) -> Figures:
    """Produces until the run's end or until `stop` is set, then flushes; the figures of the whole run.

    `report` gets the figures once a second, and last those of the whole run. What is not acknowledged at the
    end counts in `queue` (no answer within the flush timeout) or in `errors`.

    Raises:
        TopicsError: the topics file or the strategy is wrong.
        KafkaUnreachableError: Kafka does not answer, or lacks a topic.
        OSError: the acknowledgement journal cannot be written.
    """
    topics = Topics.load(settings.topics_file)
    strategy = topics.strategy(settings.topic_strategy)
    resolver = TopicResolver(strategy, topics.known)
    meter = Meter(time.monotonic())
    with ExitStack() as stack:
        journal = stack.enter_context(AckJournal(settings.ack_journal)) if settings.ack_journal else None
        delivery = Delivery(kafka_config(settings), meter, journal, time.monotonic)
        delivery.check(strategy.topics(), settings.connect_timeout)
        _log.info("producing", extra={"bootstrap": settings.bootstrap, "rate": settings.rate})
        workers = _workers(settings, resolver, delivery, meter, stop)
        _produce(workers, settings.duration, delivery, meter, journal, report, stop)
        left = delivery.flush(settings.flush_timeout)
        delivery.report_failures()
        total = meter.figures(time.monotonic(), _wall_ms(), left, final=True)
        report(total)
        return total


def _workers(
    settings: ProducerSettings, resolver: TopicResolver, delivery: Delivery, meter: Meter, stop: Event
) -> list[Worker]:
    """One worker a thread. Each has trucks of its own, so that a truck's order does not depend on threads."""
    threads = settings.threads
    throttle = Throttle(settings.rate, settings.bytes_rate, time.monotonic)
    quota = Quota(settings.messages)
    key = partition_key(settings.key_strategy, settings.key_heavy_codes, settings.key_buckets)
    trucks = fleet(max(settings.trucks, threads), settings.fleets, settings.seed)
    return [
        Worker(
            source=SyntheticSource(trucks[number::threads], ranked_codes(settings.codes), f"{settings.seed}:{number}"),
            pipeline=Pipeline(MessageBuilder(EventIds(os.urandom), settings.message_bytes), resolver, key),
            delivery=delivery,
            throttle=throttle,
            quota=quota,
            meter=meter,
            faults=FaultPlan(settings.faults if number == 0 else {}, settings.duration or _ENDLESS_S),
            batch=throttle.batch(threads),
            wall_ms=_wall_ms,
            stop=stop,
        )
        for number in range(threads)
    ]


def _produce(
    workers: list[Worker],
    duration: float,
    delivery: Delivery,
    meter: Meter,
    journal: AckJournal | None,
    report: Callable[[Figures], None],
    stop: Event,
) -> None:
    began = time.monotonic()
    due = began + _REPORT_S
    with ThreadPoolExecutor(len(workers), thread_name_prefix="worker") as pool:
        running = [pool.submit(worker.run) for worker in workers]
        try:
            while not stop.is_set() and not all(worker.done() for worker in running):
                time.sleep(_TICK_S)
                delivery.serve()
                now = time.monotonic()
                if now >= due:
                    due += _REPORT_S
                    report(meter.figures(now, _wall_ms(), len(delivery)))
                    delivery.report_failures()
                    if journal:
                        journal.flush()
                if (duration and now - began >= duration) or any(w.done() and w.exception() for w in running):
                    stop.set()
        finally:
            stop.set()
    for worker in running:
        worker.result()


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000

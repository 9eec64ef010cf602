"""The service: its parts, made of the options and joined; it runs until it is told to stop."""

import logging
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aws_lambda_powertools import Logger
from confluent_kafka import Consumer

from comboio.clocks import Clocks
from comboio.host.systemd import SystemdNotifier
from consumer.configuration.properties import REPORTS_FAILURES
from consumer.failure import ServiceFailedError
from consumer.filtering.criteria import read_criteria
from consumer.inflight.backpressure import Backpressure
from consumer.inflight.batch import BatchLimits
from consumer.inflight.inflight import InFlight
from consumer.inflight.pollers import Pollers
from consumer.inflight.queue_mode import QueueInFlight
from consumer.inflight.retry import RetryPolicy, RetryQueue
from consumer.invoke import response
from consumer.invoke.aws_lambda import Endpoint, lambda_client
from consumer.invoke.emulator import Emulator, names_emulator
from consumer.invoke.faults import Faults
from consumer.invoke.in_process import InProcess, load_handler, names_handler
from consumer.invoke.invocations import Invocations
from consumer.invoke.invoke import Invoker
from consumer.invoke.invoker_thread import InvokerThreads
from consumer.invoke.recorder import Recorder
from consumer.kafka.client import check, connection
from consumer.kafka.commit import Commits
from consumer.kafka.group import Connect, Group
from consumer.kafka.starting_position import begin_at, begin_at_end
from consumer.kafka.topic_id import describer
from consumer.mapping import EventSourceMapping, Waits
from consumer.observe.observers import Observers, observers
from consumer.on_failure.discard import Discards
from consumer.on_failure.where import destination, kafka_topic
from consumer.settings import ConsumerSettings

SERVICE = "comboio-consumer"

_QUEUE_MODE = (
    "CONSUMER_CONSUMPTION_MODE is Queue: no order is kept. It imitates Lambda's Queue mode for tests: a restart "
    "delivers again whatever was done above a partition's first unfinished record."
)


def invoker(settings: ConsumerSettings) -> Invoker:
    """Return the invoker that CONSUMER_FUNCTION asks for.

    Raises:
        UnknownFunctionError: the handler cannot be imported, or nothing has such a function.
    """
    if names_handler(settings.function):
        return InProcess(
            load_handler(settings.function),
            settings.function_name or settings.function.partition(":")[0].replace(".", "-"),
            settings.function_memory_mb,
            settings.function_timeout_s,
        )
    elsewhere: Emulator | Endpoint
    if names_emulator(settings.function):
        elsewhere = Emulator(settings.function, settings.function_timeout_s)
    else:
        elsewhere = Endpoint(lambda_client(settings.function_timeout_s, settings.invocations), settings.function)
    elsewhere.check()
    return elsewhere


def run(
    settings: ConsumerSettings,
    stopped: Callable[[], bool],
    loaded: Callable[[], None] = lambda: None,
    sentences: Sequence[str] = (),
    connect: Connect = Consumer,
) -> None:
    """Run the mapping until `stopped`; `loaded` is called when the function's code has been imported.

    `sentences` say what of the mapping is not as AWS has it, and are logged at the start. `connect` makes the client of
    the group.

    Raises:
        ConfigurationError, OSError: an option is wrong.
        KafkaUnavailableError: Kafka does not answer.
        ServiceFailedError: the Kafka client or the function cannot go on.
    """
    options = {**settings.librdkafka(), **settings.security_options()}
    check(options, [*settings.topic_names, *filter(None, [kafka_topic(settings.on_failure)])])
    function = invoker(settings)
    loaded()
    Logger(service=SERVICE, level=settings.log_level, stream=sys.stderr)
    log = logging.getLogger(SERVICE)
    for sentence in (*sentences, *([_QUEUE_MODE] if settings.consumption_mode == "Queue" else [])):
        log.warning("%s", sentence)
    if settings.record is not None:
        function = Recorder(function, settings.record, log)
    clocks = Clocks()
    with observers(settings, log, clocks) as observed:
        systemd = SystemdNotifier()

        def alive() -> None:
            observed.health.alive()
            systemd.alive(clocks.clock)

        def ending() -> bool:
            if not stopped():
                return False
            systemd.stopping()
            return True

        mapping, commits = _mapping(settings, options, function, observed, alive, log, clocks)
        _begin(settings, options, log)
        ids = describer(options)
        group = Group(options, settings.topic_names, mapping, commits, log, connect=connect, describe=ids)
        log.info("consuming %s as %s, invoking %s", settings.topics, settings.group_id, settings.function)
        systemd.ready()
        try:
            mapping.run(group, ending)
        except ServiceFailedError as error:
            observed.health.failed(str(error))
            raise


def _begin(settings: ConsumerSettings, options: Mapping[str, Any], log: logging.Logger) -> None:
    """Commit where a new group begins, unless that is at the oldest record."""
    at, topics = settings.starting_position_timestamp, settings.topic_names
    if settings.starting_position == "LATEST":
        begun = begin_at_end(topics, options)
    elif settings.starting_position == "AT_TIMESTAMP" and at is not None:
        begun = begin_at(int(at * 1000), topics, options)
    else:
        return
    log.info("the group begins at its starting position in: %s", begun or "no partition, as it has committed offsets")


def _in_flight(settings: ConsumerSettings) -> InFlight:
    limits = BatchLimits(settings.batch_size, settings.batch_window_s, settings.records_bytes)
    policy = RetryPolicy(
        settings.maximum_retry_attempts,
        settings.maximum_record_age_s,
        settings.backoff_base_s,
        settings.backoff_cap_s,
    )
    draw = random.Random().random  # noqa: S311 jitter; and no generator that a handler may seed
    retries = RetryQueue(policy, draw)
    keep = read_criteria(settings.filter_criteria, settings.filter_mismatch)
    if settings.consumption_mode == "Queue":
        return QueueInFlight(limits, retries, settings.max_in_flight, draw, keep=keep)
    bisect = settings.bisect_batch_on_function_error
    return InFlight(limits, settings.retry, retries, settings.max_in_flight, bisect=bisect, keep=keep)


def _mapping(
    settings: ConsumerSettings,
    options: Mapping[str, Any],
    function: Invoker,
    observed: Observers,
    alive: Callable[[], None],
    log: logging.Logger,
    clocks: Clocks,
) -> tuple[EventSourceMapping, Commits]:
    mapping = EventSourceMapping(
        in_flight=_in_flight(settings),
        backpressure=Backpressure(
            settings.max_in_flight, batch_records=settings.batch_size, batch_bytes=settings.payload_bytes
        ),
        pollers=Pollers(settings.pollers),
        invocations=Invocations(
            function,
            settings.source,
            InvokerThreads(settings.invocations),
            observed.journal,
            Faults.parse(settings.faults),
            settings.function_timeout_s,
            log,
            clocks.clock,
            response.read if settings.function_response_types == REPORTS_FAILURES else response.success,
        ),
        discards=Discards(
            destination(settings.on_failure, connection(options)) if settings.on_failure else None,
            uuid5(NAMESPACE_URL, f"kafka:{settings.group_id}"),
            settings.source,
            settings.records_bytes,
            function.function_arn,
            InvokerThreads(name="discards"),
            log,
            clocks,
        ),
        stats=observed.stats,
        waits=Waits(settings.revoke_wait_s, settings.function_timeout_s),
        alive=alive,
        log=log,
        clocks=clocks,
    )
    return mapping, Commits()

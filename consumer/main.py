"""The consumer as a command: reads its options, checks what it needs, and runs the mapping until it is told to stop."""

import gc
import logging
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import TextIO
from uuid import NAMESPACE_URL, uuid5

from aws_lambda_powertools import Logger

from comboio.settings import SettingsError
from consumer.backpressure import Backpressure
from consumer.batch import Bounds
from consumer.event import envelope_bytes
from consumer.faults import Faults
from consumer.inflight import Delivery
from consumer.invoke.aws_lambda import Endpoint, lambda_client
from consumer.invoke.in_process import InProcess, load_handler, names_handler
from consumer.invoke.invoke import Invoker, UnknownFunctionError
from consumer.journal import Journal
from consumer.kafka import client as kafka
from consumer.kafka.commit import Commits
from consumer.kafka.group import Group, GroupError
from consumer.mapping import EventSourceMapping, Identity
from consumer.on_failure import destination
from consumer.retry import RetryPolicy, RetryQueue
from consumer.settings import ConsumerSettings
from consumer.stats import Stats

USAGE = """python -m consumer: polls Kafka and invokes a function with batches, as Lambda's event source mapping does.

It ends on SIGTERM or Ctrl-C: the batch in flight is finished and committed first. Status 0 is a clean end, 1 a client
that broke, 2 wrong options, an unknown function, or a Kafka that does not answer. All options are in the environment:
"""

SERVICE = "comboio-consumer"


def invoker(settings: ConsumerSettings) -> Invoker:
    """The invoker that CONSUMER_FUNCTION asks for.

    Raises:
        UnknownFunctionError: the handler cannot be imported, or the endpoint has no such function.
    """
    if names_handler(settings.function):
        return InProcess(
            load_handler(settings.function),
            settings.function_name or settings.function.partition(":")[0].replace(".", "-"),
            settings.function_memory_mb,
            settings.function_timeout_s,
        )
    endpoint = Endpoint(lambda_client(settings.function_timeout_s), settings.function)
    endpoint.check()
    return endpoint


def run(settings: ConsumerSettings, stopped: Callable[[], bool]) -> None:
    """Runs the mapping until `stopped`.

    Raises:
        UnknownFunctionError, KafkaUnavailableError, OSError: it cannot start.
        GroupError: the client broke while it ran.
    """
    options = settings.librdkafka()
    kafka.check(options, settings.topic_names)
    function = invoker(settings)
    Logger(service=SERVICE, level=settings.log_level, stream=sys.stderr)
    log = logging.getLogger(SERVICE)
    identity = Identity(
        uuid=uuid5(NAMESPACE_URL, f"kafka:{settings.group_id}"),
        bootstrap_servers=settings.bootstrap_servers,
        payload_bytes=settings.payload_bytes - envelope_bytes(settings.bootstrap_servers),
        revoke_wait_s=settings.revoke_wait_s,
        function_timeout_s=settings.function_timeout_s,
    )
    policy = RetryPolicy(
        settings.maximum_retry_attempts,
        settings.maximum_record_age_s,
        settings.backoff_base_s,
        settings.backoff_cap_s,
    )
    bounds = Bounds(settings.batch_size, settings.batch_window_s, identity.payload_bytes)
    commits = Commits()
    with ExitStack() as files:
        mapping = EventSourceMapping(
            identity=identity,
            delivery=Delivery(bounds, settings.retry, RetryQueue(policy, random.random)),
            commits=commits,
            backpressure=Backpressure(
                settings.max_in_flight,
                max_fresh=2 * settings.batch_size,
                max_fresh_bytes=2 * settings.payload_bytes,
            ),
            invoker=function,
            destination=destination(settings.on_failure) if settings.on_failure else None,
            journal=Journal(_appending(files, settings.journal), time.time),
            stats=Stats(_appending(files, settings.stats_file) or sys.stdout, time.time),
            faults=Faults.parse(settings.faults),
            log=log,
        )
        group = Group(options, settings.topic_names, mapping, commits, log)
        log.info("consuming %s as %s, invoking %s", settings.topics, settings.group_id, settings.function)
        mapping.run(group, stopped)


def _appending(files: ExitStack, path: Path | None) -> TextIO | None:
    return files.enter_context(path.open("a", encoding="utf-8")) if path is not None else None


class Stop:
    """Turned on by the first SIGTERM or SIGINT; a second one ends the process as if none had been caught."""

    def __init__(self) -> None:
        self._on = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._receive)

    def __call__(self) -> bool:
        return self._on

    def _receive(self, number: int, _: FrameType | None) -> None:
        self._on = True
        signal.signal(number, signal.SIG_DFL)


def main(arguments: Sequence[str] = tuple(sys.argv[1:])) -> int:
    """The command; returns its exit status."""
    if arguments:
        wanted = list(arguments) in (["--help"], ["-h"])
        stream = sys.stdout if wanted else sys.stderr
        stream.write(f"{USAGE}\n{ConsumerSettings.describe()}\n")
        return 0 if wanted else 2
    # Records in flight are many, live long for a collector and have no cycles: at its default threshold it goes
    # through them over and over (2 of 7 us a message, bench/consumer/event.py).
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    try:
        run(ConsumerSettings.from_environment(), Stop())
    except (SettingsError, UnknownFunctionError, kafka.KafkaUnavailableError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except GroupError as error:
        sys.stderr.write(f"The Kafka client cannot go on: {error}. What was done is committed; start it again.\n")
        return 1
    return 0

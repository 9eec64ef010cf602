"""The command `python -m producer`: options from the environment, figures to stdout, logs to stderr."""

import gc
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from threading import Event

from comboio.settings import SettingsError
from producer.host.json_log import log_as_json
from producer.host.signals import heed_signals
from producer.host.systemd import ServiceManager
from producer.kafka.delivery import KafkaUnreachableError
from producer.kafka.security import advice
from producer.metrics.reporting import reporting
from producer.options.settings import ProducerSettings
from producer.service import run
from producer.state.directory import StateTakenError
from producer.topics.admin import TopicAdminError
from producer.topics.file import TopicsError
from producer.topics_command import topics

_log = logging.getLogger(__name__)

NOT_DELIVERED = 1
WRONG_OPTION = 2
UNREACHABLE = 3
SPOOLED = 4

_HELP = f"""\
python -m producer: produces telemetry to Kafka.
python -m producer topics plan|apply: says what differs between the topics file and the cluster; creates and grows.
All options are environment variables:

{{options}}

It stops at the end of the run, or on SIGTERM and SIGINT; then it waits for what it sent to be acknowledged.
Exit status: 0 all acknowledged; {NOT_DELIVERED} Kafka refused something (see the reject file); {WRONG_OPTION} a \
wrong option;
{UNREACHABLE} Kafka does not answer or lacks a topic; {SPOOLED} something is in the spool, for the next start.
"""


def main(arguments: Sequence[str]) -> int:
    """Runs the command; its exit status."""
    if list(arguments) in (["topics", "plan"], ["topics", "apply"]):
        return _topics(apply=arguments[1] == "apply")
    if arguments:
        sys.stdout.write(_HELP.format(options=ProducerSettings.describe()))
        return 0 if set(arguments) <= {"-h", "--help"} else WRONG_OPTION
    collect_rarely()
    stop, reload = Event(), Event()
    heed_signals(stop, reload)
    try:
        settings = ProducerSettings.read(os.environ)
        log_as_json(settings.log_level)
        with reporting(settings, sys.stdout) as report:
            total = run(settings, report, stop, _rates(reload), _signs_of_life(stop))
    except (SettingsError, TopicsError, StateTakenError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_OPTION
    except KafkaUnreachableError as error:
        sys.stderr.write(f"{error}\n")
        return UNREACHABLE
    if total.errors or total.queue:
        return NOT_DELIVERED
    return SPOOLED if total.spooled else 0


def _topics(apply: bool) -> int:
    try:
        topics(ProducerSettings.read(os.environ), apply, _say)
    except (SettingsError, TopicsError) as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_OPTION
    except TopicAdminError as error:
        sys.stderr.write(f"Kafka: {error}. {advice(str(error))}\n")
        return UNREACHABLE
    return 0


def _signs_of_life(stop: Event) -> Callable[[], None]:
    """To be called all the time once Kafka has answered."""
    manager = ServiceManager()
    said: list[str] = []

    def alive() -> None:
        if not said:
            said.append("ready")
            manager.ready()
        if stop.is_set() and "stopping" not in said:
            said.append("stopping")
            manager.stopping()
        manager.alive(time.monotonic)

    return alive


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _rates(reload: Event) -> Callable[[], tuple[float, float] | None]:
    """New rates from the options when `reload` is set; wrong ones are logged, and the old ones stay."""

    def read() -> tuple[float, float] | None:
        if not reload.is_set():
            return None
        reload.clear()
        try:
            settings = ProducerSettings.read(os.environ)
        except SettingsError as error:
            _log.error("rates stay as they are: %s", error)
            return None
        _log.info("rates read", extra={"rate": settings.rate, "bytes_rate": settings.bytes_rate})
        return settings.rate, settings.bytes_rate

    return read


def collect_rarely() -> None:
    """Messages make no reference cycles; looking for some among 100,000 waiting ones slows full speed down."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)

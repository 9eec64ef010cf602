"""The command `python -m producer`: options from the environment, figures to stdout, logs to stderr."""

import gc
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from threading import Event

from comboio.errors import ConfigurationError
from comboio.host.disk import Disk, SystemCalls
from comboio.host.systemd import SystemdNotifier, tell_where_it_stands
from comboio.message.registry.registry import RegistryUnavailableError
from comboio.settings import SettingsError
from producer.host.failure_log import FailureLog
from producer.host.json_log import log_as_json, tell
from producer.host.signals import heed_signals
from producer.host.streams import STANDARD_INPUT, STANDARD_OUTPUT, open_standard_streams, release_standard_output
from producer.kafka.advice import advice
from producer.kafka.cluster import KafkaUnreachableError
from producer.metrics.meter import Figures
from producer.metrics.reporting import reporting
from producer.options.outputs import check_outputs
from producer.options.settings import ProducerSettings
from producer.run import Controls
from producer.service import run
from producer.state.directory import StateTakenError
from producer.topics.admin import NoAnswerError, TopicAdminError
from producer.topics_command import topics

_NOT_DELIVERED = 1
"""Status: Kafka refused something, or something could be neither delivered nor kept."""

WRONG_OPTION = 2
"""Status: an option is wrong. Only this one is of no use to start again, and systemd does not."""

UNREACHABLE = 3
"""Status: Kafka or the schema registry does not answer at the start."""

SPOOLED = 4
"""Status: something waits in the spool for the next start."""

_HOST_TROUBLE = 5
"""Status: a disk, a permission or another producer of this host is in the way."""

HELP = f"""\
python -m producer: produces telemetry to Kafka.
python -m producer topics plan: shows how the cluster's topics differ from the topics file; apply changes the cluster.
All options are environment variables:

{{options}}

It stops at the end of the run, or on SIGTERM and SIGINT; then it waits for the acknowledgements.
Exit status: 0 all messages are acknowledged; {_NOT_DELIVERED} Kafka refused messages (see the reject file); \
{WRONG_OPTION} an option is wrong;
{UNREACHABLE} Kafka or the schema registry does not answer, or lacks a topic or a schema; {SPOOLED} messages are in
the spool, for the next start; {_HOST_TROUBLE} a disk fails, or another producer on this host uses the same state
directory.
"""

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit status."""
    closed = open_standard_streams()
    tell_where_it_stands()
    try:
        return _command(list(arguments), closed)
    finally:
        release_standard_output()


def _command(arguments: Sequence[str], closed: frozenset[int]) -> int:
    if arguments in (["topics", "plan"], ["topics", "apply"]):
        return _topics(apply=arguments[1] == "apply")
    if arguments:
        sys.stdout.write(HELP.format(options=ProducerSettings.describe()))
        return 0 if set(arguments) <= {"-h", "--help"} else WRONG_OPTION
    collect_rarely()
    stop, reload = Event(), Event()
    heed_signals(stop, reload)
    try:
        total = _produce(stop, reload, closed)
    except ConfigurationError as error:
        tell(error)
        return WRONG_OPTION
    except (KafkaUnreachableError, RegistryUnavailableError) as error:
        tell(error)
        return UNREACHABLE
    except StateTakenError as error:
        tell(error)
        return _HOST_TROUBLE
    except OSError as error:
        tell(f"A file of this host cannot be used: {error}. Check the disk and the permissions, then start again.")
        return _HOST_TROUBLE
    if total.errors or total.queue:
        return _NOT_DELIVERED
    return SPOOLED if total.spooled else 0


def _produce(stop: Event, reload: Event, closed: frozenset[int]) -> Figures:
    settings = ProducerSettings.read(os.environ)
    check_outputs(settings)
    if settings.source == "stdin" and STANDARD_INPUT in closed:
        raise SettingsError("PRODUCER_SOURCE=stdin reads standard input, which is closed. Connect it, or use a file.")
    log_as_json(settings.log_level)
    if STANDARD_OUTPUT in closed and not settings.stats_file:
        _log.warning("standard output is closed, so the figures go nowhere: set PRODUCER_STATS_FILE to keep them")
    with reporting(settings, sys.stdout, Disk(SystemCalls()), FailureLog(time.monotonic)) as report:
        return run(settings, Controls(stop, report, _rates(reload), _signs_of_life(stop)))


def _topics(*, apply: bool) -> int:
    try:
        topics(ProducerSettings.read(os.environ), _say, apply=apply)
    except ConfigurationError as error:
        tell(error)
        return WRONG_OPTION
    except NoAnswerError as error:
        tell(f"Kafka did not answer: {error}. {advice(str(error))}")
        return UNREACHABLE
    except TopicAdminError as error:
        tell(error)
        return UNREACHABLE
    return 0


def _signs_of_life(stop: Event) -> Callable[[], None]:
    """Return what is to be called all the time once Kafka has answered."""
    systemd = SystemdNotifier()
    told: list[str] = []

    def alive() -> None:
        if not told:
            told.append("ready")
            systemd.ready()
        if stop.is_set() and "stopping" not in told:
            told.append("stopping")
            systemd.stopping()
        systemd.alive(time.monotonic)

    return alive


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _rates(reload: Event) -> Callable[[], tuple[float, float] | None]:
    """Return what reads new rates when `reload` is set; wrong ones are logged, and the old ones stay."""

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
    """Look for reference cycles rarely: messages make none, and to look among 100,000 of them is slow."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)

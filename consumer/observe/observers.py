"""What the service tells of itself, made of the options: statistics, journal and health, and where each goes."""

import errno
import logging
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from comboio.clocks import Clocks
from comboio.host.disk import Disk, SystemCalls
from consumer.observe.distribution import Distribution
from consumer.observe.health import GRACE_S, PATIENCE_S, Health
from consumer.observe.journal import Journal, LineWriter
from consumer.observe.side_output import LineFile, LineStream, NoLines, Several
from consumer.observe.stats import BATCH_RECORDS, INVOKE_S, Stats
from consumer.settings import ConsumerSettings

QUEUED = 1_000
"""Documents that may wait for the CloudWatch agent's host to be found; after that the oldest are dropped."""


class Observers(NamedTuple):
    """What the parts of the service tell."""

    stats: Stats
    journal: Journal
    health: Health


@contextmanager
def observers(settings: ConsumerSettings, log: logging.Logger, clocks: Clocks) -> Iterator[Observers]:
    """Give the observers for the length of the block.

    Raises:
        OSError: an option names a file or an address that cannot be.
    """
    batch_records, invoke_s = Distribution(BATCH_RECORDS), Distribution(INVOKE_S)
    health = Health(
        settings.revoke_wait_s + GRACE_S,
        settings.batch_window_s + settings.function_timeout_s + PATIENCE_S,
        clocks.clock,
    )

    disk = Disk(SystemCalls())

    def wall() -> float:
        return clocks.now() / 1000

    def lines(path: Path | None, otherwise: LineWriter) -> LineWriter:
        return LineFile(path, disk, log, clocks.clock) if path else otherwise

    with ExitStack() as end:
        outputs = [health, lines(settings.stats_file, LineStream(sys.stdout, log))]
        if settings.emf_agent:
            outputs.append(_emf(settings, batch_records, invoke_s, clocks, end))
        if settings.health_port:
            end.enter_context(_endpoint(settings, health, batch_records, invoke_s, log))
        yield Observers(
            Stats(Several(*outputs), wall, batch_records=batch_records, invoke_s=invoke_s),
            Journal(lines(settings.journal, NoLines()), wall),
            health,
        )


def _emf(
    settings: ConsumerSettings, batch_records: Distribution, invoke_s: Distribution, clocks: Clocks, end: ExitStack
) -> LineWriter:
    from comboio.host.background import Background  # a consumer without an agent need not load these
    from comboio.host.emf import agent
    from consumer.observe.emf import EmfLines

    # In a thread of its own, because looking for the agent's host may take long.
    sending = Background(agent(settings.emf_agent), "emf", QUEUED)
    end.callback(sending.close)
    return EmfLines(settings.group_id, batch_records, invoke_s, clocks.now, sending.put)


def _endpoint(
    settings: ConsumerSettings,
    health: Health,
    batch_records: Distribution,
    invoke_s: Distribution,
    log: logging.Logger,
) -> AbstractContextManager[object]:
    from comboio.host.endpoint import RETRY_S, serving  # nor these, where nobody asks
    from comboio.host.page import Page
    from comboio.host.prometheus import metrics_page
    from consumer.observe.prometheus import prometheus_metrics

    distributions = {"batch_records": batch_records, "invoke_seconds": invoke_s}

    def metrics() -> Page:
        return metrics_page(prometheus_metrics(health.line, distributions, health.since_turn_s, healthy=health.healthy))

    def opened(port: int) -> None:
        log.info("health at http://%s:%d/health, metrics at /metrics", settings.health_host, port)

    told: list[bool] = []

    def refused(error: OSError) -> None:
        if error.errno != errno.EADDRINUSE:
            raise error
        if not told:
            log.warning("the health port %d is taken: it is tried again every %g s", settings.health_port, RETRY_S)
            told.append(True)

    return serving(
        settings.health_host, settings.health_port, {"/health": health.page, "/metrics": metrics}, opened, refused
    )

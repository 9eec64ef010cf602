"""Sends figures to a terminal or JSON lines, Prometheus and the CloudWatch agent; none of them can end the service."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from comboio.host.background import Background
from comboio.host.disk import PUBLIC, Disk
from comboio.host.emf import agent
from producer.host.failure_log import FailureLog
from producer.host.streams import STANDARD_OUTPUT, write_all
from producer.metrics.emf import Emf
from producer.metrics.meter import Figures
from producer.options.settings import ProducerSettings

QUEUED = 10
"""Figures that may wait for an output, ten seconds' worth; after that the oldest are dropped."""

Sink = Callable[[Figures], None]
"""Takes figures. It may raise, and is called again with the next ones."""


@contextmanager
def reporting(
    settings: ProducerSettings,
    out: TextIO,
    disk: Disk,
    failures: FailureLog,
    write: Callable[[bytes], None] = lambda data: write_all(STANDARD_OUTPUT, data),
) -> Iterator[Callable[[Figures], None]]:
    """Yield the function that takes figures; it returns at once.

    Without a figures file they go to `out`: as a live view if it is a terminal, else as JSON through `write`. Each
    output works in a thread of its own; a failure is logged, and the output is tried again.
    """
    latest: list[Figures] = []
    with ExitStack() as stack:
        outputs: list[Background[Figures]] = []

        def output(what: str, sink: Sink, end: Callable[[], None] = lambda: None) -> None:
            found = Background(_safe(what, sink, failures), what, QUEUED, end)
            stack.callback(found.close)
            outputs.append(found)

        if settings.stats_file:
            output("writing the figures file", _file(settings.stats_file, disk))
        elif out.isatty():
            from producer.metrics.display import FiguresDisplay  # a service has no terminal, and need not load this

            display = FiguresDisplay(out)
            output("showing the figures", display.show, _quietly(display.close))
        else:
            output("writing figures to standard output", lambda figures: write(_line(figures)))
        if settings.metrics_port:
            stack.enter_context(_metrics_port(settings, lambda: latest[:], failures))
        if settings.emf_agent:
            output("sending figures to the CloudWatch agent", _emf(Emf(settings.instance), agent(settings.emf_agent)))

        def report(figures: Figures) -> None:
            latest[:] = [figures]
            for each in outputs:
                each.put(figures)

        yield report


def _metrics_port(
    settings: ProducerSettings, latest: Callable[[], list[Figures]], failures: FailureLog
) -> AbstractContextManager[object]:
    from comboio.host.endpoint import serving  # nor these, where nobody scrapes
    from comboio.host.prometheus import metrics_page
    from producer.metrics.prometheus import prometheus_metrics

    opening = f"opening the metrics port {settings.metrics_port}"
    return serving(
        settings.metrics_host,
        settings.metrics_port,
        {"/metrics": lambda: metrics_page(metric for figures in latest() for metric in prometheus_metrics(figures))},
        opened=lambda _: failures.works(opening),
        refused=lambda error: failures.failed(opening, error),
    )


def _safe(what: str, sink: Sink, failures: FailureLog) -> Sink:
    def take(figures: Figures) -> None:
        try:
            sink(figures)
        except Exception as error:  # whatever is wrong with an output, the producer must go on
            failures.failed(what, error)
        else:
            failures.works(what)

    return take


def _quietly(end: Callable[[], None]) -> Callable[[], None]:
    def quiet() -> None:
        with suppress(OSError):  # a terminal that has gone
            end()

    return quiet


def _line(figures: Figures) -> bytes:
    return f"{figures.line()}\n".encode()


def _file(path: Path, disk: Disk) -> Sink:
    return lambda figures: disk.append(path, _line(figures), PUBLIC)


def _emf(emf: Emf, send: Callable[[Mapping[str, Any]], None]) -> Sink:
    def report(figures: Figures) -> None:
        if figures.final:  # its rates are of the whole run, and its counts have been reported
            return
        for document in emf.documents(figures, time.time_ns() // 1_000_000):
            send(document)

    return report

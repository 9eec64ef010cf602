"""Where figures go: a terminal or lines of JSON, Prometheus, the CloudWatch agent."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from producer.metrics.display import Display
from producer.metrics.emf import Emf, agent
from producer.metrics.meter import Figures
from producer.metrics.prometheus import serving
from producer.options.settings import ProducerSettings


@contextmanager
def reporting(settings: ProducerSettings, out: TextIO) -> Iterator[Callable[[Figures], None]]:
    """The function that takes figures. `out` gets them if no file does: shown to a person, else as JSON.

    Raises:
        OSError: the file cannot be written, or the port is taken.
    """
    latest: list[Figures] = []
    with ExitStack() as stack:
        sinks: list[Callable[[Figures], None]] = [lambda figures: latest.__setitem__(slice(None), [figures])]
        if settings.stats_file:
            settings.stats_file.parent.mkdir(parents=True, exist_ok=True)
            sinks.append(_lines(stack.enter_context(settings.stats_file.open("w", encoding="utf-8"))))
        elif out.isatty():
            sinks.append(stack.enter_context(Display(out)).show)
        else:
            sinks.append(_lines(out))
        if settings.metrics_port:
            found = serving(settings.metrics_host, settings.metrics_port, lambda: latest[0] if latest else None)
            stack.enter_context(found)
        if settings.emf_agent:
            host, _, port = settings.emf_agent.rpartition(":")
            sinks.append(_emf(Emf(settings.instance), agent(host, int(port))))

        def report(figures: Figures) -> None:
            for sink in sinks:
                sink(figures)

        yield report


def _lines(out: TextIO) -> Callable[[Figures], None]:
    def write(figures: Figures) -> None:
        out.write(figures.line() + "\n")
        out.flush()

    return write


def _emf(emf: Emf, send: Callable[[dict[str, object]], None]) -> Callable[[Figures], None]:
    def report(figures: Figures) -> None:
        if figures.final:  # its rates are of the whole run, and its counts have been reported
            return
        for document in emf.documents(figures, time.time_ns() // 1_000_000):
            send(document)

    return report

"""The figures for Prometheus: text format 0.0.4, on a port of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from producer.metrics.meter import Figures

_COUNTERS = {
    "produced": "Messages handed to the Kafka client.",
    "errors": "Messages that Kafka refused for good.",
    "rejected": "Readings refused before they were produced.",
    "recovered": "Messages that the spool had at the start.",
    "retries": "Messages that the client sent again.",
    "bytes": "Payload bytes produced.",
    "blocked_s": "Seconds that workers waited for room in the queue.",
}
_GAUGES = {
    "queue": "Messages without an acknowledgement.",
    "spooled": "Messages that wait on disk.",
    "rate": "Messages produced a second.",
    "bytes_rate": "Payload bytes produced a second.",
}


def prometheus_text(figures: Figures) -> str:
    """One exposition of the figures."""
    return "".join(f"{line}\n" for line in _lines(figures))


def _lines(figures: Figures) -> Iterator[str]:
    for kind, names, suffix in (("counter", _COUNTERS, "_total"), ("gauge", _GAUGES, "")):
        for name, sentence in names.items():
            metric = f"comboio_producer_{name.removesuffix('_s')}{'_seconds' if name.endswith('_s') else ''}{suffix}"
            yield f"# HELP {metric} {sentence}"
            yield f"# TYPE {metric} {kind}"
            yield f"{metric} {getattr(figures, name)}"
    yield "# HELP comboio_producer_acked_total Messages acknowledged, by partition."
    yield "# TYPE comboio_producer_acked_total counter"
    for place, count in figures.partitions.items():
        topic, _, partition = place.rpartition("-")
        yield f'comboio_producer_acked_total{{topic="{topic}",partition="{partition}"}} {count}'
    yield "# HELP comboio_producer_ack_milliseconds Time from producing to acknowledgement, of the last second."
    yield "# TYPE comboio_producer_ack_milliseconds gauge"
    for name, ms in figures.ack_ms.items():
        yield f'comboio_producer_ack_milliseconds{{quantile="0.{name[1:]}"}} {ms}'


@contextmanager
def serving(host: str, port: int, latest: Callable[[], Figures | None]) -> Iterator[int]:
    """Answers `GET /metrics` with the latest figures for the length of the block; gives the port.

    Raises:
        OSError: the port is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            figures = latest()
            if self.path != "/metrics":
                self.send_error(404)
                return
            body = prometheus_text(figures).encode() if figures else b""
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """A scrape is nothing to log."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()

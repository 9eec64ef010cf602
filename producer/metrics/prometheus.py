"""Serves the figures to Prometheus: text format 0.0.4, on a port of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from producer.host.failure_log import FailureLog
from producer.metrics.meter import Figures

RETRY_S = 5.0
"""Seconds between two attempts to open a port that is taken: an instance that stops frees it in that time."""

_CLIENT_S = 10.0
"""Seconds that a client may take for its request: Prometheus gives up a scrape after ten by default."""

_COUNTERS = {
    "produced": "Messages handed to the Kafka client.",
    "errors": "Messages that Kafka refused for good.",
    "rejected": "Readings refused before they were produced.",
    "recovered": "Messages that the spool had at the start.",
    "retries": "Messages that the client sent again.",
    "bytes": "Payload bytes produced.",
    "blocked_s": "Seconds that workers waited for room in the queue.",
}
"""Figures that only rise, each with its help text."""

_GAUGES = {
    "queue": "Messages without an acknowledgement.",
    "spooled": "Messages that wait on disk.",
    "rate": "Messages produced a second.",
    "bytes_rate": "Payload bytes produced a second.",
}
"""Figures that rise and fall, each with its help text."""


def prometheus_text(figures: Figures) -> str:
    """Return the figures in Prometheus's text format."""
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
def serving(
    host: str,
    port: int,
    latest: Callable[[], Figures | None],
    failures: FailureLog,
    retry_s: float = RETRY_S,
) -> Iterator[int]:
    """Answer `GET /metrics` with the latest figures for the length of the block, and yield the port.

    A port that is taken is tried again every `retry_s` seconds.
    """
    stop = Event()
    server = _open(host, port, latest, failures)

    def serve() -> None:
        nonlocal server
        while server is None:
            if stop.wait(retry_s):
                return
            server = _open(host, port, latest, failures)
        server.serve_forever()

    thread = Thread(target=serve, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port if server else port
    finally:
        stop.set()
        if server:
            server.shutdown()
            server.server_close()


def _open(
    host: str, port: int, latest: Callable[[], Figures | None], failures: FailureLog
) -> ThreadingHTTPServer | None:
    class Handler(BaseHTTPRequestHandler):
        timeout = _CLIENT_S

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
            """Log nothing: a scrape is not worth a line."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Log nothing: a client that disconnects early harms nobody."""

    try:
        server = Server((host, port), Handler)
    except OSError as error:
        failures.failed(f"opening the metrics port {port}", error)
        return None
    failures.works(f"opening the metrics port {port}")
    return server

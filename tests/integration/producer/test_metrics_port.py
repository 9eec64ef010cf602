"""The producer's port for Prometheus."""

import socket
import urllib.request
from io import StringIO

from comboio.host.disk import Disk, SystemCalls
from producer.metrics.reporting import reporting
from producer.options.settings import ProducerSettings
from tests.support.faulty_disk import failure_log
from tests.support.producer_figures import some_figures


def test_a_scrape_gets_the_latest_figures() -> None:
    """And nothing before there are any."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = ProducerSettings.from_environment({"KAFKA_BOOTSTRAP_SERVERS": "b:1", "PRODUCER_METRICS_PORT": str(port)})
    with reporting(settings, StringIO(), Disk(SystemCalls()), failure_log(), lambda _: None) as report:
        for expected in (False, True):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                assert (b"comboio_producer_produced_total 100" in answer.read().splitlines()) == expected
            report(some_figures())

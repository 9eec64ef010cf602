"""The Prometheus endpoint: well-formed text, each partition by itself, loopback only."""

import re
import socket
import time
import urllib.error
import urllib.request

import pytest

from producer.metrics.prometheus import prometheus_text, serving
from tests.support.faulty_disk import failure_log
from tests.support.producer_figures import some_figures


def test_every_line_is_well_formed() -> None:
    """Each sample has its HELP and TYPE before it; counters end in _total."""
    kinds: dict[str, str] = {}
    for line in prometheus_text(some_figures()).splitlines():
        if line.startswith("# TYPE"):
            _, _, name, kind = line.split()
            kinds[name] = kind
            assert name.endswith("_total") == (kind == "counter")
        elif not line.startswith("#"):
            sample = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?\d+(\.\d+)?', line)
            assert sample, line
            assert sample[1] in kinds


def test_figures_are_there() -> None:
    """Totals, partitions and latencies."""
    lines = prometheus_text(some_figures()).splitlines()
    assert "comboio_producer_produced_total 100" in lines
    assert 'comboio_producer_acked_total{topic="mt-c400",partition="3"} 20' in lines
    assert "comboio_producer_errors_total 1" in lines
    assert "comboio_producer_blocked_seconds_total 0.0" in lines
    assert any(line.startswith('comboio_producer_ack_milliseconds{quantile="0.99"} 10') for line in lines)


def test_it_answers_scrapes() -> None:
    """With the latest figures on /metrics, and nothing elsewhere."""
    with serving("127.0.0.1", 0, some_figures, failure_log()) as port:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert answer.read().decode() == prometheus_text(some_figures())
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)


def test_a_port_that_is_taken_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, and once the port is free it answers."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with serving("127.0.0.1", port, some_figures, failure_log(), retry_s=0.05):
            assert "opening the metrics port" in caplog.text
            other.close()
            for _ in range(200):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                        assert answer.read()
                    break
                except urllib.error.URLError:
                    time.sleep(0.05)
            else:
                raise AssertionError("it never answered")


def test_a_port_that_stays_taken_does_not_hold_up_the_end() -> None:
    """The run ends while it is still tried."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with serving("127.0.0.1", other.getsockname()[1], some_figures, failure_log()):
            pass

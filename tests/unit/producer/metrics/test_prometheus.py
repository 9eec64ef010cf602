"""The figures as Prometheus's metrics: well-formed text, each partition by itself."""

import re

from comboio.host.prometheus import metrics_page
from producer.metrics.prometheus import prometheus_metrics
from tests.support.producer_figures import some_figures


def test_every_line_is_well_formed() -> None:
    """Each sample has its HELP and TYPE before it; counters end in _total."""
    kinds: dict[str, str] = {}
    for line in _text().splitlines():
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
    lines = _text().splitlines()
    assert "comboio_producer_produced_total 100" in lines
    assert 'comboio_producer_acked_total{topic="mt-c400",partition="3"} 20' in lines
    assert "comboio_producer_errors_total 1" in lines
    assert "comboio_producer_blocked_seconds_total 0.0" in lines
    assert any(line.startswith('comboio_producer_ack_milliseconds{quantile="0.99"} 10') for line in lines)


def _text() -> str:
    return metrics_page(prometheus_metrics(some_figures())).body.decode()

"""Prometheus's text format."""

from comboio.host.prometheus import Metric, Sample, metrics_page


def test_a_metric_is_told_before_its_samples() -> None:
    """HELP, TYPE, and a line for each value, with its suffix and its labels."""
    samples = [Sample(1, {"le": "0.5"}, "_bucket"), Sample(0.25, suffix="_sum")]
    page = metrics_page([Metric("m", "histogram", "What it is.", samples), Metric("n", "gauge", "Nothing yet.", [])])
    assert page.body == b'# HELP m What it is.\n# TYPE m histogram\nm_bucket{le="0.5"} 1\nm_sum 0.25\n'
    assert (page.status, page.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")


def test_a_label_cannot_break_the_line() -> None:
    """Quotes, backslashes and line ends are escaped."""
    page = metrics_page([Metric("m", "gauge", "x", [Sample(1, {"a": 'q"\\\n'})])])
    assert page.body.splitlines()[-1] == b'm{a="q\\"\\\\\\n"} 1'

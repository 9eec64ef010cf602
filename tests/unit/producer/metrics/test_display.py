"""The terminal's view: the figures that a person looks for."""

from io import StringIO

from producer.metrics.display import Display
from tests.support.producer_figures import some_figures


def test_it_shows_rates_backpressure_and_skew() -> None:
    """And the last view stays."""
    out = StringIO()
    with Display(out) as display:
        display.show(some_figures())
    for text in ("50 msg/s", "80 acknowledged", "19 queued", "0 spooled", "2 rejected", "mt-c400-3", "x1.00"):
        assert text in out.getvalue()

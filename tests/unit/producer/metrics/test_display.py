"""The terminal's view: the figures that a person looks for."""

from io import StringIO

from producer.metrics.display import FiguresDisplay
from tests.support.producer_figures import some_figures


def test_it_shows_rates_backpressure_and_skew() -> None:
    """Rates, queue, spool and the hottest partitions are shown, and the last view stays."""
    out = StringIO()
    display = FiguresDisplay(out)
    display.show(some_figures())
    display.close()
    for text in ("50 msg/s", "80 acknowledged", "19 queued", "0 spooled", "2 rejected", "mt-c400-3", "x1.00"):
        assert text in out.getvalue()

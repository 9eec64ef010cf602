"""Figures for tests."""

from producer.metrics.meter import Figures, Meter


def some_figures() -> Figures:
    """100 produced, 80 acknowledged, 1 refused, 2 rejected, of two seconds."""
    meter = Meter(now=100.0)
    meter.produced(100, 20_000)
    for number in range(80):
        meter.acks.noter("mt-c400")(number % 4)
        meter.acks.note_latency(0.010)
    meter.failed()
    meter.rejected()
    meter.rejected()
    return meter.figures(now=102.0, wall_ms=1_795_359_600_123, queue=19)

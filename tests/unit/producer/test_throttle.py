"""The throttle: the stricter of two limits, shared."""

import pytest

from producer.throttle import Throttle


def test_the_stricter_limit_counts() -> None:
    """100 messages/s would allow what 1,000 bytes/s does not, and the other way round."""
    assert Throttle(100, 1000, lambda: 0.0).take(messages=1, size=500) == pytest.approx(0.5)
    assert Throttle(10, 1e9, lambda: 0.0).take(messages=5, size=500) == pytest.approx(0.5)


def test_all_takers_share_it() -> None:
    """Two takings in a row wait as one of both would."""
    throttle = Throttle(100, 0, lambda: 0.0)
    throttle.take(50, 0)
    assert throttle.take(50, 0) == pytest.approx(1.0)


@pytest.mark.parametrize(("rate", "workers", "batch"), [(13_000, 1, 65), (13_000, 10, 6), (1, 1, 1), (0, 4, 100)])
def test_batches_are_milliseconds_of_the_rate(rate: float, workers: int, batch: int) -> None:
    """A slow producer sends single messages at an even pace, a fast one in batches."""
    assert Throttle(rate, 0, lambda: 0.0).batch(workers) == batch

"""The throttle: the stricter of two limits, shared."""

import pytest

from producer.work.throttle import Throttle


def test_the_stricter_limit_counts() -> None:
    """100 messages/s would allow what 1,000 bytes/s does not, and the other way round."""
    assert Throttle(100, 1000, lambda: 0.0).take(messages=1, size=500) == pytest.approx(0.5)
    assert Throttle(10, 1e9, lambda: 0.0).take(messages=5, size=500) == pytest.approx(0.5)


def test_all_takers_share_it() -> None:
    """Two takings in a row wait as one of both would."""
    throttle = Throttle(100, 0, lambda: 0.0)
    throttle.take(50, 0)
    assert throttle.take(50, 0) == pytest.approx(1.0)


@pytest.mark.parametrize(("rate", "workers", "batch"), [(13_000, 1, 130), (13_000, 10, 13), (1, 1, 1), (0, 4, 1000)])
def test_batches_are_milliseconds_of_the_rate(rate: float, workers: int, batch: int) -> None:
    """A slow producer sends single messages at an even pace, a fast one in batches."""
    assert Throttle(rate, 0, lambda: 0.0).batch(workers) == batch


@pytest.mark.parametrize(("most", "batch"), [(10, 10), (0, 1), (1_000_000, 1_000)])
def test_a_batch_has_room_in_a_small_queue(most: int, batch: int) -> None:
    """However fast it may go, a batch is not above what it is given as the most, and never empty."""
    assert Throttle(0, 0, lambda: 0.0, most).batch(1) == batch


def test_a_limit_of_bytes_makes_batches_small_too() -> None:
    """Before it knows the size of a message it sends one; then a slice of a second's bytes."""
    throttle = Throttle(0, 2_000_000, lambda: 0.0)
    assert throttle.batch(1) == 1
    throttle.take(1, 200)
    assert (throttle.batch(1), throttle.batch(10)) == (100, 10)
    throttle.change(0, 0)
    assert throttle.batch(1) == 1_000

"""What a million messages cost."""

import pytest

from bench.dispatcher.cost import PRICES, cost, event_poller_units
from bench.dispatcher.measure import Reading
from bench.dispatcher.tally import Counts


def reading(seconds: float, counts: Counts) -> Reading:
    """1,000 records that took `seconds`, runtime included."""
    return Reading(1_000, seconds * 0.75, seconds, seconds * 0.25, counts, 0.0)


def test_compute_is_time_by_memory() -> None:
    """1 ms a message is 1,000 s a million, the reading of the event included."""
    usd = cost(reading(1.0, Counts()), 300).lambda_compute
    assert usd == pytest.approx(1_000 * 1769 / 1024 * PRICES["lambda_gb_s"])


def test_writes_and_requests_are_by_message() -> None:
    """Two writes a message are 1.25 USD a million, a request for ten messages 0.04."""
    priced = cost(reading(1.0, Counts(dynamodb_writes=2_000, sqs_requests=100)), 300)
    assert priced.dynamodb_writes == pytest.approx(1.25)
    assert priced.sqs_requests == pytest.approx(0.04)


def test_the_total_is_all_parts() -> None:
    """Nothing is left out of it."""
    priced = cost(reading(1.0, Counts(dynamodb_writes=1, sqs_requests=1)), 300)
    parts = (
        priced.lambda_compute
        + priced.lambda_requests
        + priced.dynamodb_writes
        + priced.sqs_requests
        + priced.event_pollers
    )
    assert priced.total == pytest.approx(parts)


@pytest.mark.parametrize(
    ("seconds_per_message", "record_bytes", "units"),
    [
        (0.0001, 300, 1),  # 3.9 MB/s, 1.3 invocations: one poller
        (0.0001, 3_000, 2),  # 39 MB/s: eight pollers
        (0.02, 300, 13),  # 260 invocations: 52 pollers
    ],
)
def test_pollers_go_by_bytes_or_by_invocations(seconds_per_message: float, record_bytes: float, units: int) -> None:
    """Whichever needs more, four pollers a unit."""
    assert event_poller_units(seconds_per_message, record_bytes) == units

"""The latency histogram: percentiles right within a bucket."""

from hypothesis import given
from hypothesis import strategies as st

from producer.metrics.latency import LatencyHistogram

_latencies = st.lists(st.floats(0.1, 200_000), min_size=1, max_size=200)


@given(_latencies, st.floats(1, 100))
def test_percentiles_are_within_five_percent(latencies: list[float], percentile: float) -> None:
    """A percentile is the upper bound of the bucket that the exact one is in."""
    histogram = LatencyHistogram()
    for ms in latencies:
        histogram.add_all([ms])
    rank = next(i for i in range(1, len(latencies) + 1) if i >= len(latencies) * percentile / 100)
    exact = sorted(latencies)[rank - 1]
    (found,) = histogram.percentiles([percentile])
    assert exact <= found * 1.0000001
    assert found <= exact * 1.0500001


@given(_latencies, _latencies)
def test_merging_is_counting_both(one: list[float], other: list[float]) -> None:
    """Two histograms merged say what one of all would."""
    first, second, both = LatencyHistogram(), LatencyHistogram(), LatencyHistogram()
    for ms in one:
        first.add_all([ms])
        both.add_all([ms])
    for ms in other:
        second.add_all([ms])
        both.add_all([ms])
    first.merge(second)
    assert first.percentiles([1, 50, 99, 100]) == both.percentiles([1, 50, 99, 100])


def test_an_empty_histogram_says_zero() -> None:
    """No message is no latency, not an error."""
    assert LatencyHistogram().percentiles([50, 99]) == [0.0, 0.0]


def test_hours_count_in_the_last_bucket() -> None:
    """A latency beyond the last bound is counted, not dropped and not an error."""
    histogram = LatencyHistogram()
    histogram.add_all([1e9])
    assert histogram.percentiles([50])[0] > 250_000


@given(st.lists(st.floats(0.01, 10_000_000), max_size=200))
def test_counting_many_is_counting_each(latencies: list[float]) -> None:
    """In bulk as one by one, below the first bound and above the last one too."""
    one, bulk = LatencyHistogram(), LatencyHistogram()
    for ms in latencies:
        one.add_all([ms])
    bulk.add_all(list(latencies))
    assert vars(one) == vars(bulk)

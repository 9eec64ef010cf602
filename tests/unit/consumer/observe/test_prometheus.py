"""The consumer's metrics for Prometheus: each count is there, and what is not known is not told."""

import re

from comboio.host.prometheus import metrics_page
from consumer.observe.distribution import Distribution
from consumer.observe.prometheus import COUNTERS, prometheus_metrics
from consumer.observe.stats import Counters
from tests.support.consumer import statistics_line

SAMPLE = re.compile(r'([a-z_]+?)(_bucket|_sum|_count)?(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?\d+(\.\d+)?')
"""A value, as the format has it."""


def _lines(**changed: object) -> list[str]:
    times = Distribution((0.5, 10))
    for seconds in (0.25, 0.5, 2, 70):
        times.add(seconds)
    distributions = {"batch_records": Distribution((1,)), "invoke_seconds": times}
    metrics = prometheus_metrics(statistics_line(**changed), distributions, 0.5, healthy=True)
    return metrics_page(metrics).body.decode().splitlines()


def test_every_line_is_well_formed() -> None:
    """Each sample has its HELP and TYPE before it, counters end in _total, and no metric is told twice."""
    kinds: dict[str, str] = {}
    for line in _lines():
        if line.startswith("# TYPE"):
            _, _, name, kind = line.split()
            assert name not in kinds
            assert name.endswith("_total") == (kind == "counter")
            kinds[name] = kind
        elif not line.startswith("#"):
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1] in kinds, line


def test_each_partition_has_its_lag_in_records_and_seconds() -> None:
    """What is not known of a partition has no sample, rather than a false 0."""
    lines = _lines(lag={"a-b-0": 5, "a-b-1": None}, lag_s={"a-b-0": 1.5, "a-b-1": None}, paused=["a-b-1"])
    assert 'comboio_consumer_lag{topic="a-b",partition="0"} 5' in lines
    assert 'comboio_consumer_lag_seconds{topic="a-b",partition="0"} 1.5' in lines
    assert [line for line in lines if 'partition="1"' in line] == [
        'comboio_consumer_paused{topic="a-b",partition="1"} 1'
    ]


def test_times_are_a_histogram() -> None:
    """Buckets add up, and the last one has everything."""
    buckets = [line for line in _lines() if line.startswith("comboio_consumer_invoke_seconds")]
    assert buckets == [
        'comboio_consumer_invoke_seconds_bucket{le="0.5"} 2',
        'comboio_consumer_invoke_seconds_bucket{le="10"} 3',
        'comboio_consumer_invoke_seconds_bucket{le="+Inf"} 4',
        "comboio_consumer_invoke_seconds_sum 72.75",
        "comboio_consumer_invoke_seconds_count 4",
    ]


def test_each_count_of_the_statistics_is_there() -> None:
    """The sum of times is the histogram's."""
    assert {name for name, _ in Counters().items()} - {"invoke_seconds"} == COUNTERS.keys()


def test_a_service_that_has_not_begun_tells_that_it_lives() -> None:
    """Before the first line of statistics there is nothing else to tell."""
    names = [metric.name for metric in prometheus_metrics({}, {}, 0.5, healthy=True)]
    assert names == ["comboio_consumer_healthy", "comboio_consumer_turn_age_seconds"]

"""The files that benchmarks read beside them are there."""

from pathlib import Path

from bench.dispatcher.cold_start import BUILD
from bench.producer.kafka_perf_test import POM


def test_what_stands_beside_a_benchmark_is_found() -> None:
    """A benchmark that was moved finds its Maven file, and the folder that builds go to is the project's."""
    assert POM.is_file()
    assert BUILD.parent == Path(__file__).parents[3]

"""What is said of a record's way is what was noted of it."""

from pathlib import Path

import pytest

from bench.latency.__main__ import result
from bench.latency.figures import STAGES, WARM_UP_S, figures_of, percentiles
from bench.latency.marks import Invocation, Marks, Poll
from bench.latency.run import WindowFigures
from bench.latency.settings import LatencySettings
from bench.latency.sink import Taken

BEGAN = 1_000.0


def marked(*, first: int, last: int, at: float) -> Marks:
    """Return what a consumer noted of a batch that it polled in two halves: 10 ms, 20 ms, 30 ms for each step."""
    marks = Marks()
    marks.polls = [Poll(at, {"t-0": first}), Poll(at, {"t-0": last})]
    marks.invocations = [Invocation(at + 0.01, at + 0.03, at + 0.09, {"t-0": last})]
    return marks


def arrived(offset: int, produced: float, at: float) -> Taken:
    """Return a record's arrival."""
    return Taken("q", "t-0", offset, produced, at)


def test_each_stage_begins_where_the_one_before_it_ended() -> None:
    """A record's four stages together are its whole way, and each has its own clock readings."""
    late = BEGAN + WARM_UP_S
    marks = [marked(first=0, last=1, at=BEGAN + 0.1), marked(first=2, last=3, at=late + 0.1)]
    taken = [arrived(n, BEGAN, BEGAN + 0.15) for n in (0, 1)] + [arrived(n, late, late + 0.16) for n in (2, 3)]
    found = figures_of(taken, marks)["q"]
    assert found.records == 2  # those of the warm-up do not count
    assert found.whole == {"p50_ms": 160.0, "p95_ms": 160.0, "p99_ms": 160.0}
    assert [found.stages[stage]["p50_ms"] for stage in STAGES] == [100.0, 10.0, 20.0, 30.0]


def test_a_percentile_is_a_time_that_a_record_took() -> None:
    """99 of 100 records were not slower, and it is no mean of two of them."""
    assert percentiles([n / 1000 for n in range(1, 101)]) == {"p50_ms": 50.0, "p95_ms": 95.0, "p99_ms": 99.0}
    assert percentiles([0.004]) == {"p50_ms": 4.0, "p95_ms": 4.0, "p99_ms": 4.0}


def test_marks_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Another process reads what the consumer's noted."""
    marks = marked(first=0, last=5, at=BEGAN)
    marks.write(tmp_path / "marks")
    found = Marks.read(tmp_path / "marks")
    assert (found.polls, found.invocations) == (marks.polls, marks.invocations)


@pytest.mark.parametrize(
    ("msgs_per_s", "drain_s", "carried"), [(12_700, 0.2, True), (8_000, 0.2, False), (13_000, 6.6, False)]
)
def test_the_result_says_whether_the_rate_was_carried(msgs_per_s: float, drain_s: float, carried: bool) -> None:
    """What Kafka did not get, or what was a backlog, is not passed off as the latency of a steady rate."""
    taken = [arrived(0, BEGAN, BEGAN), arrived(1, BEGAN + 4, BEGAN + 4.2)]
    found = figures_of(taken, [marked(first=0, last=1, at=BEGAN + 4.1)])
    told = result(LatencySettings.from_environment({}), {0.5: WindowFigures(found, msgs_per_s, drain_s)}, {0.5: 1.0})
    assert told["p99_ms"] == {"q": {"0.5": 200.0}}
    assert told["windows"]["0.5"]["carried"] is carried

"""Lines and bands of a run say what was counted in it."""

from hypothesis import given
from hypothesis import strategies as st

from charts.bands import Band
from local.demo.timeline.series import MOST_POINTS, growth, lags, level, quantile, rate, state_bands, step_s

AMOUNTS = st.lists(st.tuples(st.floats(0, 100), st.integers(0, 1000)), max_size=50)


@given(AMOUNTS)
def test_a_rate_loses_nothing(amounts: list[tuple[float, int]]) -> None:
    """The points of a rate, each by its step, add up to what came."""
    assert sum((value or 0) * step_s(100) for _, value in rate(amounts, 100)) == sum(amount for _, amount in amounts)


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 1000)), min_size=1, max_size=50))
def test_growth_adds_up_to_the_total(grown: list[tuple[float, int]]) -> None:
    """However irregularly a total was read, its line adds up to what it grew by."""
    totals, total = [(0.0, 0)], 0
    for at, amount in sorted(dict(grown).items()):
        total += amount
        if at > totals[-1][0]:
            totals.append((at, total))
    points = growth(totals, 101)
    assert abs(sum((value or 0) for _, value in points) - (totals[-1][1] - totals[0][1])) < 1e-6 * max(total, 1)


@given(st.floats(0, 1e6))
def test_a_long_run_has_no_more_points_than_a_line_shows(last_s: float) -> None:
    """A run of a day has some minutes a point."""
    assert len(rate([], last_s)) <= MOST_POINTS + 1


def test_a_quantile_is_of_its_own_step_and_unknown_where_nothing_came() -> None:
    """The median of a second with one slow message is not that message, and an empty second breaks the line."""
    values = [(0.1, 1.0), (0.5, 2.0), (0.9, 90.0), (2.5, 7.0)]
    assert quantile(values, 0.5, 3) == [(0.5, 2.0), (1.5, None), (2.5, 7.0), (3, None)]
    assert quantile(values, 1.0, 3)[0] == (0.5, 90.0)


def test_what_went_before_it_came_is_no_debt() -> None:
    """A drainer's report may be read before that of the batch that diverted: there is never less than nothing."""
    points = level([(1.0, -5), (2.0, 5), (3.0, 10), (4.0, -10)])
    assert [value for _, value in points] == [0, 0, 0, 0, 0, 0, 10, 10, 0]


def test_a_killed_consumer_s_lag_grows_on() -> None:
    """Lag is what was acknowledged and not committed, so it grows while nobody owns the partition to tell of it."""
    ends = {"t-0": [(float(at), 100 * at) for at in range(11)]}
    commits = {"t-0": [(2.0, 200), (3.0, 300)]}
    records, seconds = lags(ends, commits, 10)
    assert dict(records["t"])[3.0] == 0
    assert dict(records["t"])[10.0] == 700
    assert dict(seconds["t"])[10.0] == 7.0


def test_topics_are_the_sum_of_their_partitions_and_as_late_as_the_latest() -> None:
    """Records add up, seconds do not; the name of a topic may have dashes."""
    ends = {"mt-c400-0": [(0.0, 0), (4.0, 40)], "mt-c400-11": [(0.0, 0), (4.0, 40)]}
    records, seconds = lags(ends, {"mt-c400-0": [(4.0, 40)], "mt-c400-11": [(1.0, 10)]}, 4)
    assert records.keys() == {"mt-c400"}
    assert dict(records["mt-c400"])[4.0] == 30
    assert dict(seconds["mt-c400"])[4.0] == 3.0


def test_a_topic_with_earlier_records_begins_at_the_run_s_first() -> None:
    """On a cluster of one's own the group may have committed nothing of before: that is no lag of the run."""
    records, _ = lags({"t-0": [(0.0, 5_000), (2.0, 5_100)]}, {}, 2)
    assert dict(records["t"]) == {0.0: 0, 1.0: 0, 2.0: 100}


def test_a_state_lasts_until_another_is_seen() -> None:
    """Samples of one state are one band; a destination that was always well has a row without any."""
    samples = [(0.0, {"a": "", "b": ""}), (1.0, {"a": "circuit open", "b": ""}), (2.0, {"a": "circuit open", "b": ""})]
    found = state_bands([*samples, (3.0, {"a": "", "b": ""})], 5)
    assert found == {"a": [Band(1.0, 3.0, "circuit open")], "b": []}

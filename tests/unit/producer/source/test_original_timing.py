"""Original timing: as far apart as told, never held back without a reason."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from producer.source.original_timing import OriginalTiming

_START = datetime(2026, 11, 22, 15, tzinfo=UTC)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_line_is_due_when_its_time_has_passed(told_ms: int, passed_ms: int) -> None:
    """Not a millisecond before."""
    times = iter([5.0, 5.0, 5.0 + passed_ms / 1000])
    timing = OriginalTiming(lambda: next(times))
    assert timing.due(_START)
    assert timing.due(_START + timedelta(milliseconds=told_ms)) == (told_ms <= passed_ms)


def test_without_a_comparable_time_it_is_due() -> None:
    """No time, a time before the first, or one without a zone among times with one."""
    timing = OriginalTiming(lambda: 0.0)
    timing.due(_START)
    assert timing.due(None)
    assert timing.due(_START - timedelta(hours=1))
    assert timing.due((_START + timedelta(hours=1)).replace(tzinfo=None))

"""The policy of a destination's state: what it allows when, and what each finding makes of it."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comboio.destination_state.state import (
    FIRST_PAUSE_MS,
    LONGEST_PAUSE_MS,
    LONGEST_PROBE_MS,
    LONGEST_RETRY_AFTER_MS,
    MAX_SKEW_MS,
    Permission,
    SharedState,
    View,
    closed,
    given_back,
    opened,
    paused,
    probing,
    resumed,
    see,
    throttled,
)

NOW = 1_795_359_600_000


def after(change: SharedState | None, now: int = NOW, before: View | None = None) -> View:
    """Return the view of a change that was written."""
    assert change is not None
    return see(change._replace(version=change.version + 1), now, before)


def test_what_nobody_knows_anything_of_may_be_sent_to() -> None:
    """An empty state allows calls, and waits for nothing."""
    assert (View().permission(NOW), View().resumes_at(NOW)) == (Permission.SEND, None)


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_an_open_circuit_waits_for_its_pause_then_for_one_probe() -> None:
    """Nothing goes during the pause; then a probe is due; while one is out nothing goes, and its end is known."""
    view = after(opened(View(), "a", NOW))
    assert (view.permission(NOW), view.resumes_at(NOW)) == (Permission.WAIT, NOW + FIRST_PAUSE_MS)
    due = NOW + FIRST_PAUSE_MS
    assert (view.permission(due), view.resumes_at(due)) == (Permission.PROBE, None)
    out = after(probing(view, "a", due, due + 5_000), due, view)
    assert (out.permission(due), out.resumes_at(due)) == (Permission.WAIT, due + 5_000)
    assert out.permission(due + 5_000) is Permission.PROBE


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_each_failed_probe_doubles_the_pause_up_to_the_longest() -> None:
    """Pauses go 1 s, 2 s, 4 s, ... and stay at 30 s; a success starts them over."""
    view, now, pauses = after(opened(View(), "a", NOW)), NOW, []
    for _ in range(8):
        pauses.append(view.state.pause_ms)
        now += view.state.pause_ms
        view = after(probing(view, "a", now, now + 500), now, view)
        view = after(opened(view, "a", now), now, view)
    assert pauses == [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]
    view = after(closed(view), now, view)
    assert view.permission(now) is Permission.SEND
    assert after(opened(view, "a", now), now, view).state.pause_ms == FIRST_PAUSE_MS


def test_what_is_known_is_not_written_again() -> None:
    """Failures of an open circuit, successes of a closed one, and the end of another's probe change nothing."""
    view = after(opened(View(), "a", NOW))
    assert opened(view, "b", NOW + 500) is None
    assert closed(View()) is None
    out = after(probing(view, "a", NOW + 1_000, NOW + 2_000), NOW + 1_000, view)
    assert opened(out, "b", NOW + 1_100) is None
    assert given_back(out, "b") is None
    assert paused(after(paused(View(), "m", "x", NOW)), "j", "y", NOW) is None
    assert resumed(View()) is None


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_probe_is_for_one() -> None:
    """Before the pause is over nobody may probe; afterwards the second who asks is refused, the first may ask again."""
    view = after(opened(View(), "a", NOW))
    assert probing(view, "a", NOW + 999, NOW + 5_000) is None
    out = after(probing(view, "a", NOW + 1_000, NOW + 5_000), NOW + 1_000, view)
    assert probing(out, "b", NOW + 1_001, NOW + 5_000) is None
    assert probing(out, "a", NOW + 1_001, NOW + 5_000) is not None
    assert probing(View(), "a", NOW, NOW + 5_000) is None
    back = after(given_back(out, "a"), NOW + 1_002, out)
    assert probing(back, "b", NOW + 1_002, NOW + 5_000) is not None


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_probe_has_a_maximum() -> None:
    """Whatever end is asked for, a probe whose environment stopped keeps others out for 30 s at most."""
    view = after(opened(View(), "a", NOW))
    due = NOW + 1_000
    out = after(probing(view, "a", due, due + 10**9), due, view)
    assert out.resumes_at(due) == due + LONGEST_PROBE_MS
    assert probing(out, "b", due + LONGEST_PROBE_MS, due + 10**9) is not None


def test_retry_after_is_obeyed_and_capped() -> None:
    """Nothing goes before the time that the destination named, an hour at most; a little more of it is not written."""
    view = after(throttled(View(), NOW, 5_000))
    assert (view.permission(NOW + 4_999), view.resumes_at(NOW)) == (Permission.WAIT, NOW + 5_000)
    assert view.permission(NOW + 5_000) is Permission.SEND
    assert throttled(view, NOW + 100, 5_000) is None
    assert throttled(view, NOW + 100, 1_000) is None
    longer = throttled(view, NOW, 10**9)
    assert longer is not None and longer.retry_until == NOW + LONGEST_RETRY_AFTER_MS
    assert throttled(View(), NOW, 0) is None


def test_an_operators_pause_wins_over_everything() -> None:
    """While it is paused nothing is sent or probed, whatever is found out; resuming starts with a closed circuit."""
    view = after(paused(View(), "Maria", "maintenance", NOW))
    changes: list[Callable[[View], SharedState | None]] = [
        lambda view: opened(view, "a", NOW),
        lambda view: throttled(view, NOW, 5_000),
    ]
    for change in changes:
        view = after(change(view), NOW, view)
        assert view.permission(NOW + 10**9) is Permission.PAUSED
        assert view.resumes_at(NOW) is None
    assert probing(view, "a", NOW + 10**9, NOW + 10**9 + 1) is None
    view = after(closed(view), NOW, view)
    assert view.permission(NOW) is Permission.PAUSED
    assert after(resumed(view), NOW, view).permission(NOW) is Permission.SEND


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
@pytest.mark.parametrize("ahead_ms", [0, 5_000, MAX_SKEW_MS, 10**6, 10**12])
def test_a_clock_that_is_ahead_cuts_nobody_off_for_longer_than_the_length(ahead_ms: int) -> None:
    """However far the writer's clock is ahead, a reader waits for the pause, the probe or Retry-After at most."""
    there = NOW + ahead_ms
    view = see(SharedState(1, there + 2_000, 2_000), NOW)
    assert view.permission(NOW + 2_000) is Permission.PROBE
    view = see(SharedState(1, there, 2_000, "a", there + 3_000, 3_000), NOW)
    assert view.permission(NOW + 3_000) is Permission.PROBE
    view = see(SharedState(1, retry_until=there + 9_000, retry_ms=9_000), NOW)
    assert view.permission(NOW + 9_000) is Permission.SEND


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_time_that_no_clock_explains_is_over() -> None:
    """A time further ahead than clocks can differ is not waited for, not even by an environment that just started."""
    assert see(SharedState(1, NOW + 10**9, 2_000), NOW).permission(NOW) is Permission.PROBE
    assert see(SharedState(1, retry_until=NOW + 10**10, retry_ms=9_000), NOW).permission(NOW) is Permission.SEND


TIMES = st.integers(0, 2**62)


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
@given(
    st.builds(
        SharedState,
        version=st.integers(1, 9),
        open_until=TIMES,
        pause_ms=TIMES,
        probe_owner=st.sampled_from(["", "a", "b"]),
        probe_until=TIMES,
        probe_ms=TIMES,
        retry_until=TIMES,
        retry_ms=TIMES,
        paused_since=st.just(0),
    )
)
def test_whatever_is_stored_nothing_stays_shut(state: SharedState) -> None:
    """No stored state, not even nonsense, keeps a reader from sending or probing beyond the longest of its waits,
    unless an operator paused it."""
    view = see(state, NOW)
    longest = max(LONGEST_PAUSE_MS, LONGEST_PROBE_MS, LONGEST_RETRY_AFTER_MS)
    assert view.permission(NOW + longest) in (Permission.SEND, Permission.PROBE)


@pytest.mark.robustness("shared state that is stale, lost, foreign or out of reach")
def test_a_change_elsewhere_does_not_start_a_wait_anew() -> None:
    """A state that is written again for another reason keeps the times when its pause and its probe were first seen."""
    first = see(SharedState(1, NOW + 20_000, 1_000, "a", NOW + 20_000, 3_000), NOW)
    again = see(first.state._replace(version=2, retry_until=NOW + 2_000, retry_ms=2_000), NOW + 900, first)
    assert (again.open_until, again.probe_until) == (first.open_until, first.probe_until) == (NOW + 1_000, NOW + 3_000)

"""The age of a lag by when the end passed the group's position."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from local.kafka.end_history import MOST_LOOKS, EndHistory


@given(
    st.lists(st.floats(0.001, 5), min_size=1, max_size=40),
    st.lists(st.floats(0.1, 5), min_size=2, max_size=20),
    st.data(),
)
def test_the_age_is_that_of_the_record_to_the_look(gaps: list[float], waits: list[float], data: st.DataObject) -> None:
    """A record that came between two looks is at least as old as the later and at most as old as the earlier."""
    came = list(accumulate(gaps))
    history, looks, now = EndHistory(), [], 0.0
    for wait in waits:
        looks.append((now, sum(each <= now for each in came)))
        history.add(*looks[-1])
        now += wait
    now = looks[-1][0]
    position = data.draw(st.integers(0, looks[-1][1] + 1))
    age, sure = history.age_s(position, now)
    if position >= looks[-1][1]:
        assert (age, sure) == (0.0, True)
        return
    assert sure, "nothing was there at the first look"
    later = next(at for at, end in looks if end > position)
    earlier = max(at for at, end in looks if end <= position)
    assert now - later - 1e-6 <= age <= now - earlier + 1e-6


def test_what_was_there_at_first_is_at_least_as_old_as_the_first_look() -> None:
    """Its age is not sure, and says so."""
    assert EndHistory([(10.0, 500), (20.0, 500)]).age_s(3, 20.0) == (10.0, False)


def test_records_came_evenly_between_two_looks() -> None:
    """The middle one of them is as old as the middle of the time; a quiet time before them does not count."""
    history = EndHistory([(0.0, 0), (10.0, 0), (20.0, 0), (30.0, 100)])
    assert history.age_s(50, 30.0) == (5.0, True)
    assert history.age_s(0, 30.0) == (10.0, True)


def test_a_topic_that_was_made_again_starts_over() -> None:
    """Ends that fall are another topic's; its records are not as old as the former ones."""
    history = EndHistory([(0.0, 0), (10.0, 900), (20.0, 10), (30.0, 20)])
    assert history.age_s(15, 30.0) == (5.0, True)
    assert history.age_s(5, 30.0) == (10.0, False)


def test_memory_is_bounded() -> None:
    """A board that is open for a month keeps an hour of it."""
    history = EndHistory((float(at), at) for at in range(3 * MOST_LOOKS))
    assert len(history._times) == len(history._ends) == MOST_LOOKS

"""When an entry that failed may go again, and when it had its last try."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.destinations.entry import Entry
from dispatcher.send.backoff import FIRST_WAIT_S, TRIES, Backoff
from tests.support.dispatcher import TRANSIENT, entry


@pytest.mark.parametrize("tries", range(1, TRIES))
def test_each_wait_is_twice_the_one_before(tries: int) -> None:
    """The second try comes after the first wait, the third after twice that; not a moment earlier."""
    failed = entry(0)
    failed.tries = tries
    backoff = Backoff()
    assert backoff.wait(failed, TRANSIENT, 10.0)
    due = 10.0 + FIRST_WAIT_S * 2 ** (tries - 1)
    assert backoff.resumes_at == due
    assert list(backoff.due(due - 0.001)) == []
    assert list(backoff.due(due)) == [failed]
    assert backoff.resumes_at is None


def test_after_its_last_try_an_entry_does_not_wait() -> None:
    """An entry has TRIES calls within one batch; then its failure counts."""
    failed = entry(0)
    failed.tries = TRIES
    backoff = Backoff()
    assert not backoff.wait(failed, TRANSIENT, 10.0)
    assert backoff.end() == []


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, TRIES - 1))))
def test_all_that_wait_come_out_once_in_the_order_of_their_time(failures: list[tuple[int, int]]) -> None:
    """Of two that are due at the same moment the one that waited first goes first; none is lost, whoever takes it."""
    backoff = Backoff()
    entries: list[tuple[float, int, Entry]] = []
    for at, tries in failures:
        failed = entry(0)
        failed.tries = tries
        entries.append((at + FIRST_WAIT_S * 2 ** (tries - 1), len(entries), failed))
        backoff.wait(failed, TRANSIENT, at)
    in_order = [each[2] for each in sorted(entries, key=lambda each: each[:2])]
    taken = list(backoff.due(3.0))
    assert [id(each) for each in taken] == [id(each) for each in in_order[: len(taken)]]
    assert {id(each) for each, _ in backoff.end()} == {id(each) for each in in_order[len(taken) :]}
    assert backoff.resumes_at is None

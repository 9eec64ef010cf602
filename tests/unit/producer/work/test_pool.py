"""The pool: no thread outlives the call."""

from threading import Event

import pytest

from producer.work.pool import StopReason, run_jobs


def test_it_is_done_when_all_are() -> None:
    """Each job ran once."""
    ran = []
    assert run_jobs([lambda halt: ran.append(1), lambda halt: ran.append(2)], lambda: None) is StopReason.DONE
    assert sorted(ran) == [1, 2]


def test_a_reason_halts_everybody() -> None:
    """Jobs that would go on for ever have ended when it returns."""
    ended = []

    def endless(halt: Event) -> None:
        halt.wait()
        ended.append(True)

    assert run_jobs([endless, endless], lambda: StopReason.STOPPED) is StopReason.STOPPED
    assert len(ended) == 2


def test_a_failure_halts_everybody_and_is_raised() -> None:
    """A worker that cannot read its file is not passed over in silence."""

    def broken(halt: Event) -> None:
        raise OSError("gone")

    def waiting(halt: Event) -> None:
        halt.wait()

    with pytest.raises(OSError, match="gone"):
        run_jobs([broken, waiting], lambda: None)

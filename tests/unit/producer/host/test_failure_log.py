"""A failure that goes on is logged enough to be found, and too little to fill a disk."""

import logging

import pytest

from producer.host.failure_log import FailureLog


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_failure_is_logged_once_a_minute_and_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """However often it happens, there is a line at first, one each minute, and one when it is over."""
    now = 0.0
    log = FailureLog(lambda: now)
    with caplog.at_level(logging.INFO):
        for second in range(150):
            now = float(second)
            log.failed("writing", OSError(28, "No space left on device"))
        log.works("writing")
        log.works("writing")
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3 + ["INFO"]
    assert "writing failed, and is tried again: No space left on device" in caplog.text


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_what_fails_every_other_time_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A success in between does not begin the count anew."""
    log = FailureLog(lambda: 0.0)
    with caplog.at_level(logging.INFO):
        for _ in range(100):
            log.failed("writing", OSError(28, "full"))
            log.works("writing")
    assert len(caplog.records) == 2


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_different_failures_are_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    """One failure does not hide another one."""
    log = FailureLog(lambda: 0.0)
    log.failed("writing", OSError(28, "full"))
    log.failed("reading", OSError(5, "broken"))
    log.works("sending")
    assert len(caplog.records) == 2

"""A client that does not come to an end keeps nobody."""

import logging
from threading import Event

import pytest

from consumer.kafka.leaving import leave

LOG = logging.getLogger(__name__)


@pytest.mark.robustness("a group and a client that break")
def test_a_client_that_does_not_end_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    """It is said, and the service goes on to its end."""
    never = Event()

    def close() -> None:
        never.wait(60)

    leave(close, LOG, within_s=0.01)
    never.set()
    assert "no broker answered within 0.01 s" in caplog.text


def test_what_the_client_raises_is_raised() -> None:
    """As if it were closed here."""

    def close() -> None:
        raise RuntimeError("closed already")

    with pytest.raises(RuntimeError, match="closed already"):
        leave(close, LOG)

"""Health tells a service that works from one that has nothing to do, stands still, is stuck, or ends."""

import json

import pytest

from consumer.observe.health import Health, State
from tests.support.consumer import VirtualTime, statistics_line


def _health() -> tuple[VirtualTime, Health]:
    time = VirtualTime()
    return time, Health(90, 120, time.clocks.clock)


def _said(health: Health) -> tuple[int, str, str]:
    page = health.page()
    said = json.loads(page.body)
    assert said["healthy"] == (page.status == 200)
    return page.status, said["state"], said["reason"]


def test_a_loop_that_goes_round_is_healthy() -> None:
    """The answer has the last statistics."""
    time, health = _health()
    assert _said(health) == (200, State.STARTING, "ok")
    time.sleep(89)
    health.alive()
    health.write(statistics_line(owned=2))
    time.sleep(89)
    assert _said(health) == (200, State.IDLE, "ok")
    assert json.loads(health.page().body)["statistics"]["owned"] == 2


@pytest.mark.parametrize("what", ["in_flight", "fresh", "retrying"])
def test_work_is_not_idleness(what: str) -> None:
    """Whatever waits for an invocation, or is in one."""
    _, health = _health()
    health.write(statistics_line(**{what: 1}))
    assert _said(health)[1] == State.WORKING


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_a_loop_that_is_stuck_asks_for_a_restart() -> None:
    """Idle is not stuck: the loop goes round without records too."""
    time, health = _health()
    health.write(statistics_line())
    time.sleep(91)
    assert _said(health) == (503, State.STUCK, "the loop has been stuck for 91 s")


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_records_that_nobody_does_are_told() -> None:
    """A restart does not help a function whose database is away, so it is no 503."""
    _, health = _health()
    health.write(statistics_line(stalled_s=120, retrying=5))
    assert _said(health)[1] == State.WORKING
    health.write(statistics_line(stalled_s=121, retrying=5))
    status, state, reason = _said(health)
    assert (status, state) == (200, State.STALLED)
    assert "121 s" in reason


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_a_consumer_without_a_broker_is_not_idle() -> None:
    """It has nothing to do because it hears of nothing; before the client has told, that is not claimed."""
    _, health = _health()
    health.write(statistics_line(brokers_up=None))
    assert _said(health)[1] == State.IDLE
    health.write(statistics_line(brokers_up=0))
    assert _said(health)[:2] == (200, State.DISCONNECTED)


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_a_failure_is_told_with_its_reason() -> None:
    """A fenced member says so until the process is gone."""
    _, health = _health()
    health.write(statistics_line())
    health.failed("The Kafka client cannot go on: fenced.")
    assert _said(health) == (503, State.ENDED, "The Kafka client cannot go on: fenced.")

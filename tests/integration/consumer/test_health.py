"""The health endpoint tells a service that works from one that is stuck or ends."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from consumer.observe.health import Health, serve_health
from tests.support.consumer import LOG, VirtualTime


@pytest.fixture
def served() -> Iterator[tuple[VirtualTime, Health, int]]:
    """Give a health endpoint on a free port."""
    time = VirtualTime()
    health = Health(90, time.clocks.clock)
    server = serve_health(health, "127.0.0.1", 0, LOG)
    yield time, health, server.server_port
    server.shutdown()
    server.server_close()


def ask(port: int, path: str = "/health") -> tuple[int, dict[str, object]]:
    """Return the status and the body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, json.loads(body) if answer.status in (200, 503) else {}
    finally:
        connection.close()


def test_a_loop_that_goes_round_is_healthy(served: tuple[VirtualTime, Health, int]) -> None:
    """The answer has the last statistics."""
    time, health, port = served
    time.sleep(89)
    health.alive()
    health.write({"owned": 2})
    time.sleep(89)
    assert ask(port) == (200, {"healthy": True, "reason": "ok", "statistics": {"owned": 2}})
    assert ask(port, "/other")[0] == 404


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_a_loop_that_is_stuck_is_not(served: tuple[VirtualTime, Health, int]) -> None:
    """Idle is not stuck: the loop goes round without records too."""
    time, _, port = served
    time.sleep(91)
    status, said = ask(port)
    assert (status, said["healthy"]) == (503, False)
    assert "stuck" in str(said["reason"])


@pytest.mark.robustness("a loop or an invoker that stands still")
def test_a_failure_is_told_with_its_reason(served: tuple[VirtualTime, Health, int]) -> None:
    """A fenced member says so until the process is gone."""
    _, health, port = served
    health.failed("The Kafka client cannot go on: fenced.")
    status, said = ask(port)
    assert (status, said["reason"]) == (503, "The Kafka client cannot go on: fenced.")

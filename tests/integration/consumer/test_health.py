"""The health endpoint tells a service that works from one that is stuck or ends."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from consumer.observe.health import Health, serve_health
from tests.integration.consumer.conftest import until
from tests.support.consumer import LOG, VirtualTime


@pytest.fixture
def served() -> Iterator[tuple[VirtualTime, Health, int]]:
    """Give a health endpoint on a free port."""
    time = VirtualTime()
    health = Health(90, time.clocks.clock)
    with serve_health(health, "127.0.0.1", 0, LOG) as port:
        yield time, health, port()


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


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_a_port_that_is_taken_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The process that this one replaces may still have it; it is said once, and opened when it is free."""
    health = Health(90, VirtualTime().clocks.clock)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with serve_health(health, "127.0.0.1", taken, LOG, retry_s=0.01) as port:
            assert port() == 0
            other.close()
            until(lambda: port() == taken, "the port is opened")
            assert ask(taken)[0] == 200
    assert caplog.text.count("is taken") == 1


@pytest.mark.robustness("side outputs and surroundings that fail")
def test_an_address_that_does_not_exist_is_an_error() -> None:
    """No waiting makes it right."""
    with (
        pytest.raises(OSError, match="address"),
        serve_health(Health(90, VirtualTime().clocks.clock), "203.0.113.1", 0, LOG),
    ):
        pass

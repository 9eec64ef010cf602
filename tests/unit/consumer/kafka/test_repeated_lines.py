"""A fault that goes on is told, and fills no disk."""

import logging

import pytest

from consumer.kafka.repeated_lines import AGAIN_S, MOST_KINDS, RepeatedLines
from tests.support.consumer import LOG, VirtualTime


@pytest.fixture
def world(caplog: pytest.LogCaptureFixture) -> tuple[VirtualTime, RepeatedLines]:
    """Give the lines in virtual time, with all levels captured."""
    caplog.set_level(logging.DEBUG)
    time = VirtualTime()
    return time, RepeatedLines(LOG, time.clocks.clock)


@pytest.mark.robustness("outages of Kafka, stops and full queues")
def test_an_outage_of_an_hour_is_a_line_a_minute(
    world: tuple[VirtualTime, RepeatedLines], caplog: pytest.LogCaptureFixture
) -> None:
    """However many brokers refuse at whatever port; the count of what was left out adds up."""
    time, lines = world
    for attempt in range(3_600):
        lines.log(logging.ERROR, "%s: b-%d:9092 refused (after %dms)", "FAIL", attempt % 3, attempt)
        time.sleep(1)
    assert len(caplog.messages) == 60
    assert caplog.messages[0] == "FAIL: b-0:9092 refused (after 0ms)"
    assert all(message.endswith("(and 59 lines like it)") for message in caplog.messages[1:])


def test_another_fault_is_told_at_once(
    world: tuple[VirtualTime, RepeatedLines], caplog: pytest.LogCaptureFixture
) -> None:
    """A new reason hides behind no old one, and one that comes back later is told again."""
    time, lines = world
    for text in ("refused", "refused", "timed out"):
        lines.log(logging.WARNING, "Kafka: %s", text)
    time.sleep(AGAIN_S)
    lines.log(logging.WARNING, "Kafka: %s", "timed out")
    assert caplog.messages == ["Kafka: refused", "Kafka: timed out", "Kafka: timed out"]


def test_what_is_no_warning_is_never_left_out(
    world: tuple[VirtualTime, RepeatedLines], caplog: pytest.LogCaptureFixture
) -> None:
    """Who asks the client for its debugging lines wants all of them."""
    for _ in range(5):
        world[1].log(logging.DEBUG, "of %s", "it")
    assert caplog.messages == ["of it"] * 5


def test_very_many_kinds_take_no_memory(
    world: tuple[VirtualTime, RepeatedLines], caplog: pytest.LogCaptureFixture
) -> None:
    """They are forgotten, and all of them are told."""
    names = [f"{'a' * (number % 60)}{'b' * (number // 60)}" for number in range(MOST_KINDS + 10)]
    for name in names:
        world[1].log(logging.ERROR, "%s failed", name)
    assert len(caplog.messages) == len(names)
    assert len(world[1]._kinds) <= MOST_KINDS


def test_a_line_without_details_may_have_a_percent_sign(
    world: tuple[VirtualTime, RepeatedLines], caplog: pytest.LogCaptureFixture
) -> None:
    """The client's own text is no format."""
    world[1].log(logging.ERROR, "disk 100% full")
    assert caplog.messages == ["disk 100% full"]

"""What is compared does the same work."""

from typing import Any, cast

from confluent_kafka import Message

from bench.consumer.bare import bare_event
from bench.consumer.figures import Reading, figures
from consumer.event import EventSource, event, records


class Sample:
    """A message with all that an event has."""

    def topic(self) -> str:
        return "mt-c400"

    def partition(self) -> int:
        return 3

    def offset(self) -> int:
        return 7

    def timestamp(self) -> tuple[int, int]:
        return 1, 1_795_362_476_000

    def key(self) -> bytes | None:
        return None

    def value(self) -> bytes:
        return bytes(range(256))

    def headers(self) -> list[tuple[str, bytes | None]]:
        return [("h", bytes(range(256))), ("h", None)]


def test_the_bare_loop_builds_the_consumers_event() -> None:
    """The least that one can do still has every byte."""
    samples: Any = [Sample()]
    arn = "arn:aws:kafka:us-east-1:123456789012:cluster/bench/0-1"
    assert bare_event(cast("list[Message]", samples), "b:9092", arn) == event(
        records(samples), EventSource("b:9092", arn)
    )


def test_a_ratio_is_of_one_round() -> None:
    """Rounds are compared within themselves, since the machine may have other work in the next one."""
    rounds = {
        "bare": [Reading(100, 10, 50, 1.0), Reading(10, 100, 60, 8.0), Reading(50, 20, 50, 2.0)],
        "no_op": [Reading(80, 12, 70, 1.0), Reading(9, 110, 70, 8.0), Reading(60, 20, 70, 2.0)],
    }
    found = figures(rounds)
    assert (found["no_op_ratio"], found["bare_msgs_per_s"], found["bare_memory_mb"]) == (0.9, 50, 60)

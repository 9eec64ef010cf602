"""What is compared does the same work."""

from pathlib import Path
from typing import Any, cast

from confluent_kafka import Message

from bench.consumer.bare import bare_event
from bench.consumer.figures import BATCH, Reading, figures, turns
from bench.consumer.function import Counter
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


def readings(*rounds: tuple[float, float, float]) -> list[Reading]:
    return [Reading(rate, cpu, 1.0, memory, load=1.0) for rate, cpu, memory in rounds]


def test_a_ratio_is_of_one_round() -> None:
    """Rounds are compared within themselves, since the machine may have other work in the next one."""
    rounds = {
        "bare": readings((100, 10, 50), (10, 100, 60), (50, 20, 50)),
        "no_op": readings((80, 12, 70), (9, 110, 70), (60, 20, 70)),
    }
    found = figures(rounds)
    assert (found["no_op_ratio"], found["bare_msgs_per_s"], found["bare_memory_mb"]) == (0.9, 50, 60)
    assert (found["no_op_slowest"], found["no_op_fastest"], found["no_op_ratios"]) == (9, 80, [0.8, 0.9, 1.2])


def test_nobody_is_always_first() -> None:
    """What the machine does after a contender is not always the same one's to bear."""
    assert turns(["bare", "no_op"], 3) == [["bare", "no_op"], ["no_op", "bare"], ["bare", "no_op"]]


def test_the_clock_stops_before_what_no_batch_is_full_of(tmp_path: Path) -> None:
    """The last records wait for the batching window, as no more come: that wait is no part of the figures."""
    counter = Counter(3 * BATCH + 5, tmp_path / "figures")
    batch = {"records": {"t-0": [None] * BATCH}}
    for _ in range(2):
        counter.count(batch)
        assert not (tmp_path / "figures").exists()
    counter.count(batch)
    written = (tmp_path / "figures").read_text()
    counter.count({"records": {"t-0": [None] * 5}})
    assert (tmp_path / "figures").read_text() == written

"""Consumers that come and go: nothing is lost, and what is delivered again is bounded."""

import re
import signal
from collections import Counter
from collections.abc import Callable

import pytest

from tests.integration.consumer.conftest import Broker, Running, both_brokers, counts, ends, until

Start = Callable[..., Running]

NAME = re.compile(r"'(mt-[^']+)'")
"""A partition's name in a list of a log line."""


def has_partitions(consumer: Running) -> bool:
    """Whether it has been given any."""
    return "assigned ['mt" in consumer.log()


def departures(*consumers: Running) -> Counter[str]:
    """Return how often each partition has left one of them."""
    lines = [line for consumer in consumers for line in consumer.log().splitlines()]
    return Counter(name for line in lines if "revoked [" in line or "lost [" in line for name in NAME.findall(line))


def in_flight_at_the_end(consumer: Running) -> int:
    """Return the records of the batch that the journal has begun and not ended."""
    done = {line["id"] for line in consumer.journal() if line.get("done")}
    return sum(
        int(str(line["records"])) for line in consumer.journal() if not line.get("done") and line["id"] not in done
    )


@pytest.mark.robustness("a group and a client that break")
@both_brokers
@pytest.mark.parametrize("assignment", ["cooperative-sticky", "range"])
def test_a_consumer_that_joins_late_takes_its_share_and_nothing_is_lost(
    assignment: str, broker: Broker, start: Start
) -> None:
    """Both handle records after the rebalance; all is handled and committed; Apache Kafka sees nothing twice.

    The embedded broker takes no commit from the first word of a rebalance to its end. What is done of a partition in
    between comes again, however much that is: each record once at most for each time that its own partition leaves.
    """
    sent = broker.produce(800)
    first = start("slow", ASSIGNMENT=assignment, BATCH_SIZE="50", MAX_IN_FLIGHT="100")
    until(lambda: len(first.handled()) >= 2, "the first works")
    second = start("slow", ASSIGNMENT=assignment, BATCH_SIZE="50", MAX_IN_FLIGHT="100")
    until(lambda: has_partitions(second), "the second has partitions")
    sent |= broker.produce(400)
    until(lambda: set(counts(first, second)) == sent, "all records are handled")
    until(lambda: broker.committed() == ends(sent), "all records are committed")
    assert second.handled()
    again = Counter[str]() if broker.kafka.kind == "apache" else departures(first, second)
    assert first.stop() == 0
    assert second.stop() == 0
    for (name, _), times in counts(first, second).items():
        assert times - 1 <= again[name], name


@pytest.mark.robustness("crashes and kills at any step")
@both_brokers
def test_a_killed_consumer_loses_nothing_and_repeats_one_batch_at_most(broker: Broker, start: Start) -> None:
    """After SIGKILL the other takes over: what is handled again is what was in flight or not committed yet."""
    first = start("slow", BATCH_SIZE="50")
    second = start("slow", BATCH_SIZE="50")
    until(lambda: has_partitions(first) and has_partitions(second), "both have partitions")
    sent = broker.produce(1000)
    until(lambda: len(first.handled()) >= 1 and len(second.handled()) >= 1, "both work")
    assert first.stop(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: set(counts(first, second)) == sent, "all records are handled", timeout_s=40)
    until(lambda: broker.committed() == ends(sent), "all records are committed")
    assert in_flight_at_the_end(first) <= 50
    assert sum(times - 1 for times in counts(first, second).values()) <= 2 * 50
    assert second.stop() == 0


@pytest.mark.robustness("crashes and kills at any step")
@both_brokers
def test_sigterm_ends_the_batch_in_flight_and_leaves_the_rest(broker: Broker, start: Start) -> None:
    """What was handled is committed, what was not is there for the next one, and nothing is handled twice."""
    sent = broker.produce(800)
    first = start("slow", BATCH_SIZE="50")
    until(lambda: len(first.handled()) >= 2, "it works")
    assert first.stop(signal.SIGTERM) == 0
    assert set(counts(first)) != sent
    assert in_flight_at_the_end(first) == 0
    second = start("ok")
    until(lambda: set(counts(first, second)) == sent, "all records are handled")
    assert second.stop() == 0
    assert set(counts(first, second).values()) == {1}

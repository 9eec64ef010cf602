"""A new group that begins at a time, or at the end, gets the records from then on, and none before.

The embedded broker does not know which offset a time has, so that is Apache Kafka's to show.
"""

import time
from collections.abc import Callable

import pytest

from tests.integration.consumer.conftest import Broker, Running, counts, ends, until


@pytest.mark.parametrize("broker", ["apache"], indirect=True)
def test_a_group_begins_at_a_time(broker: Broker, start: Callable[..., Running]) -> None:
    """What was produced before is not delivered, what came after is, and a second start goes on from there."""
    before = broker.produce(40)
    time.sleep(0.05)  # two messages a millisecond apart have timestamps apart
    at = time.time()
    time.sleep(0.05)
    after = broker.produce(40) - before
    options = {"STARTING_POSITION": "AT_TIMESTAMP", "STARTING_POSITION_TIMESTAMP": f"{at:.3f}"}
    first = start("ok", **options)
    until(lambda: broker.committed() == ends(after), "committed")
    assert first.stop() == 0
    more = broker.produce(8)
    second = start("ok", **options)
    until(lambda: broker.committed() == ends(more), "committed again")
    assert second.stop() == 0
    assert set(counts(first, second)) == after | more
    assert counts(first, second).most_common(1)[0][1] == 1


def test_a_group_that_began_at_the_end_misses_nothing_afterwards(broker: Broker, start: Callable[..., Running]) -> None:
    """It has a position before the first record comes: what comes while it is stopped is delivered. Two starts."""
    before = broker.produce(40)
    first = start("ok", STARTING_POSITION="LATEST")
    until(lambda: broker.committed() == ends(before), "begun")
    assert first.stop() == 0
    more = broker.produce(8)
    second = start("ok", STARTING_POSITION="LATEST")
    until(lambda: broker.committed() == ends(more), "committed")
    assert second.stop() == 0
    assert set(counts(first, second)) == more

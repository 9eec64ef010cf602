"""A consumer whose client cannot go on ends with status 1 and a sentence, and is no silent owner of partitions."""

from collections.abc import Callable

import pytest

from tests.integration.consumer.conftest import Broker, Running, until
from tests.integration.consumer.test_group import has_partitions

Start = Callable[..., Running]


@pytest.mark.robustness("a group and a client that break")
@pytest.mark.parametrize("broker", ["apache"], indirect=True)
def test_a_fenced_static_member_ends(broker: Broker, start: Start) -> None:
    """The one that joined first ends when another one takes its group.instance.id; the other one works on."""
    broker.produce(40)
    first = start("ok", CLIENT_OPTIONS="group.instance.id=same")
    until(lambda: has_partitions(first), "the first has partitions")
    second = start("ok", CLIENT_OPTIONS="group.instance.id=same")
    assert first.process.wait(60) == 1
    assert "group.instance.id" in first.log()
    assert "Traceback" not in first.log()
    broker.produce(40)
    until(lambda: has_partitions(second), "the second has partitions", timeout_s=60)
    assert second.stop() == 0

"""Three brokers make one cluster: each knows the others, and nothing is kept on one alone."""

from pathlib import Path

import pytest

from local.kafka.three_brokers import server_properties

ADDRESSES = [("127.0.0.1", 1000 + number, 2000 + number) for number in (1, 2, 3)]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_each_broker_has_its_own_ports_and_the_same_voters(number: int) -> None:
    """Clients and controllers have a port each, on the broker's own address."""
    options = server_properties(number, Path("data"), ADDRESSES)
    assert options["node.id"] == str(number)
    assert options["listeners"] == f"PLAINTEXT://127.0.0.1:{1000 + number},CONTROLLER://127.0.0.1:{2000 + number}"
    assert options["controller.quorum.voters"] == "1@127.0.0.1:2001,2@127.0.0.1:2002,3@127.0.0.1:2003"


def test_whatever_is_acknowledged_is_on_two_brokers_at_least() -> None:
    """Records, commits and transactions have three replicas, two of them in sync."""
    options = server_properties(1, Path("data"), ADDRESSES)
    replicas = {name: value for name, value in options.items() if "replication.factor" in name}
    assert set(replicas.values()) == {"3"}
    assert len(replicas) == 3
    assert options["min.insync.replicas"] == options["transaction.state.log.min.isr"] == "2"

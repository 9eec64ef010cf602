"""A cluster has one name, wherever it is named."""

from itertools import permutations

import pytest

from comboio.contract.cluster import cluster_of, clusters_named

ARN = "arn:aws:kafka:us-east-1:1:cluster/c/0b1c2d3e-1"


@pytest.mark.parametrize("servers", list(permutations(["b-1:9092", "b-2:9092", " b-10:9092 "])))
def test_bootstrap_servers_are_one_cluster_in_any_order(servers: tuple[str, ...]) -> None:
    """An operator who lists the servers of a mapping in another order than the event serves the same cluster."""
    event = {"bootstrapServers": ",".join(servers)}
    assert cluster_of(event) == "b-10:9092;b-1:9092;b-2:9092"
    assert clusters_named(f"{ARN}, {';'.join(servers)}") == {ARN, cluster_of(event)}


def test_no_name_is_no_cluster() -> None:
    """An empty list serves any cluster; blanks and stray commas name none."""
    assert clusters_named(" ,, ; ,") == frozenset()

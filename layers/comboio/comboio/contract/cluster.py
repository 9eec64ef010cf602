"""The cluster that a record comes from: part of its identity, since two clusters may have topics of the same name."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

CLUSTER = re.compile(r"[ -~]{0,4096}")
"""Printable ASCII, as ARNs and broker addresses are; Lambda takes ten addresses of 300 characters."""


def is_cluster(value: object) -> bool:
    """Return whether a value can be the name of a cluster; an empty one stands for a cluster that is not known."""
    return isinstance(value, str) and CLUSTER.fullmatch(value) is not None


def cluster_of(event: Mapping[str, Any]) -> str:
    """Return the name of the cluster that an event comes from, whole.

    An MSK cluster's ARN, which differs even where a cluster is made again under its old name; for self-managed Kafka
    the bootstrap servers of its mapping, sorted and joined by semicolons; empty where the event names neither.
    """
    arn = event.get("eventSourceArn")
    if isinstance(arn, str) and arn:
        return arn
    servers = event.get("bootstrapServers")
    return _sorted(servers.split(",")) if isinstance(servers, str) else ""


def clusters_named(text: str) -> frozenset[str]:
    """Return the clusters of a list with commas, each as `cluster_of` names it, in whatever order its servers stand."""
    return frozenset(filter(None, (_sorted(name.split(";")) for name in text.split(","))))


def is_home(cluster: str, arn: str, servers: str) -> bool:
    """Return whether a cluster, named as by `cluster_of`, is the one of this ARN, or has one of these servers.

    False says little: an MSK cluster is known by its ARN only, and a broker may go by several names.
    """
    return bool(cluster) and (cluster == arn or not set(cluster.split(";")).isdisjoint(servers.split(",")))


def _sorted(servers: Iterable[str]) -> str:
    return ";".join(sorted(server.strip() for server in servers if server.strip()))


@lru_cache(maxsize=64)
def cluster_id(cluster: str) -> str:
    """Return ten hexadecimal digits for a cluster's name: short enough for every id that is sent downstream."""
    return blake2b(cluster.encode(), digest_size=5).hexdigest()

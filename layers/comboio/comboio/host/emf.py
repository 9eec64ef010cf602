"""CloudWatch's embedded metric format (EMF): lines of JSON for the CloudWatch agent on this host."""

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

MOST_VALUES = 100
"""CloudWatch's maximum of a metric's values in one document."""

_LAST_PORT = 65_535
"""The highest port."""


def _check_port(where: str) -> str:
    if where and int(where.rpartition(":")[2]) > _LAST_PORT:
        raise ValueError(f"a port is at most {_LAST_PORT}")
    return where


AgentAddress = Annotated[str, Field(pattern=r"^([^:]+:\d{1,5})?$"), AfterValidator(_check_port)]
"""An option that names an agent as host:port; empty is none."""


def document(
    namespace: str,
    wall_ms: int,
    dimensions: Mapping[str, str],
    values: Mapping[str, float | Sequence[float]],
    units: Mapping[str, str],
    properties: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a document of these metrics by one set of dimensions; `properties` can be searched, and cost no metric."""
    metrics = [{"Name": name, "Unit": units[name]} for name in values]
    directive = {"Namespace": namespace, "Dimensions": [list(dimensions)], "Metrics": metrics}
    embedded = {"_aws": {"Timestamp": wall_ms, "CloudWatchMetrics": [directive]}}
    return {**embedded, **dimensions, **values, **(properties or {})}


def agent(where: str) -> Callable[[Mapping[str, Any]], None]:
    """Return a function that sends documents to the agent at `host:port` over UDP, whether one listens or not."""
    host, _, port = where.rpartition(":")
    address = host, int(port)
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.setblocking(False)

    def send(content: Mapping[str, Any]) -> None:
        try:
            out.sendto(json.dumps(content, separators=(",", ":")).encode() + b"\n", address)
        except (OSError, UnicodeError):  # nobody there, or a name that no host can have
            return

    return send

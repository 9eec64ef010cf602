"""Refuses a table that sends the records of a topic back to it, where the table and the function's cluster tell so."""

from collections.abc import Collection

from comboio.contract.cluster import is_home
from comboio.routing.destination_spec import DestinationSpec
from comboio.routing.table import RoutingError, RoutingTable


def refuse_circles(table: RoutingTable, served: Collection[str]) -> None:
    """Check the routes that name topics; `served` are the function's clusters, as `clusters_named` returns them.

    Of several clusters nobody knows from which one the records of a route come, and with none nothing is known. What
    is not found here is a dead letter when it comes (`destinations.kafka`).

    Raises:
        RoutingError: a route leads from a topic to the same topic of the same cluster.
    """
    if len(served) != 1:
        return
    (cluster,) = served
    for route in table.routes:
        for name in route.to:
            spec = table.destinations.get(name)
            if spec is not None and spec.target in route.topics and _is_topic_of(spec, cluster):
                raise RoutingError(
                    f"routes.toml, route {route.name}: destinations.{name} is the topic {spec.target} that its records "
                    "come from, so each would come again and again. Name another topic or cluster, or leave the topic "
                    "out of the route."
                )


def _is_topic_of(spec: DestinationSpec, cluster: str) -> bool:
    options = spec.options
    return spec.type == "kafka" and is_home(
        cluster, str(options.get("cluster", "")), str(options.get("bootstrap_servers", ""))
    )

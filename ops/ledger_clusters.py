"""Finds the cluster whose partition is meant, where the ledgers of several clusters may be in one table."""

import re
from typing import Any

from comboio.aws.json_api import JsonApi
from comboio.contract.cluster import cluster_id, cluster_of
from comboio.errors import ComboioError

ID = re.compile(r"[0-9a-f]{10}")
"""How a cluster's id looks in keys, ids and logs."""

KEY = "ledger#"
"""How the key of every ledger begins."""


class ClusterUnclearError(ComboioError):
    """It is not clear which cluster is meant; the text says what to name."""


def id_of(named: str) -> str:
    """Return the id of a cluster that is named by its ARN, by its bootstrap servers in any order, or by the id."""
    if ID.fullmatch(named):
        return named
    if named.startswith("arn:"):
        return cluster_id(named)
    return cluster_id(cluster_of({"bootstrapServers": named.replace(";", ",")}))


def clusters_with(api: JsonApi, table: str, partition: str) -> set[str]:
    """Return the ids of the clusters that have a ledger of a partition (`<topic>-<number>`); reads the whole table.

    Raises:
        AwsError: the table cannot be read.
    """
    request: dict[str, Any] = {
        "TableName": table,
        "ProjectionExpression": "pk",
        "FilterExpression": "begins_with(pk, :key) AND contains(pk, :partition)",
        "ExpressionAttributeValues": {":key": {"S": KEY}, ":partition": {"S": f"/{partition}"}},
    }
    found: set[str] = set()
    while True:
        page = api.call("Scan", request)
        for item in page.get("Items") or ():
            cluster, _, name = item["pk"]["S"].removeprefix(KEY).partition("/")
            if name == partition:
                found.add(cluster)
        if not (last := page.get("LastEvaluatedKey")):
            return found
        request["ExclusiveStartKey"] = last


def only(clusters: set[str], partition: str) -> str:
    """Return the one cluster.

    Raises:
        ClusterUnclearError: there is none, or there are several.
    """
    if not clusters:
        raise ClusterUnclearError(
            f"{partition} has no ledger in this table. Check its name (<topic>-<number>), the table and the region."
        )
    if len(clusters) > 1:
        raise ClusterUnclearError(
            f"{partition} has ledgers of several clusters: {', '.join(sorted(clusters))}. Name one with --cluster: its "
            "ARN, its bootstrap servers, or such an id."
        )
    return next(iter(clusters))

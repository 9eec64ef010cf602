"""What a deleted stack leaves behind: what it retains on purpose, and what it should not have left."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from local.aws.emulator import Aws

_RETAINED = re.compile(r"^  (?P<name>\w+):\n(?:    .*\n)*?    DeletionPolicy: Retain$", re.MULTILINE)
"""A resource that outlives its stack. Lines, so that no YAML reader has to know CloudFormation's tags."""

_SAMS_OWN = "aws-sam-cli-managed-default"
"""How the names begin of the stack and the bucket that `sam deploy` makes once an account, for all that it uploads."""


class Kind(NamedTuple):
    """How to list the resources of a kind."""

    service: str
    operation: str
    items: str
    name: str
    """The field of an item with its name; empty where the item is the name."""


KINDS: Mapping[str, Kind] = {
    "alarm": Kind("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "bucket": Kind("s3", "list_buckets", "Buckets", "Name"),
    "dashboard": Kind("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "function": Kind("lambda", "list_functions", "Functions", "FunctionName"),
    "layer": Kind("lambda", "list_layers", "Layers", "LayerName"),
    "log group": Kind("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "mapping": Kind("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    "queue": Kind("sqs", "list_queues", "QueueUrls", ""),
    "role": Kind("iam", "list_roles", "Roles", "RoleName"),
    "table": Kind("dynamodb", "list_tables", "TableNames", ""),
}
"""Every kind of resource of the templates that has a list."""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What is there after a stack was deleted, as `kind name`."""

    retained: tuple[str, ...]
    """On purpose: the template says so."""
    surplus: tuple[str, ...]
    """Not on purpose."""


def inventory(aws: Aws) -> set[str]:
    """Return all resources of the account, as `kind name`."""
    return set(_listed(aws))


def _listed(aws: Aws) -> Iterator[str]:
    for kind, (service, operation, items, name) in KINDS.items():
        answer: dict[str, Any] = getattr(aws.client(service), operation)()
        for item in answer.get(items, []):
            yield f"{kind} {item[name] if name else item}"


def retained_names(template: str) -> set[str]:
    """Return the logical names of the resources that the template retains."""
    return {found["name"] for found in _RETAINED.finditer(template)}


def leftovers(before: Collection[str], after: Collection[str], retained: Collection[str]) -> Leftovers:
    """Compare two inventories.

    Args:
        before: from before the stack was made.
        after: from after it was deleted.
        retained: the physical ids of what it retains.
    """
    new = sorted(each for each in after if each not in before and not each.partition(" ")[2].startswith(_SAMS_OWN))
    kept = tuple(each for each in new if each.partition(" ")[2] in retained)
    return Leftovers(kept, tuple(each for each in new if each not in kept))

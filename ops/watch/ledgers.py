"""What the ledgers of a table have unfinished: how old the oldest is, and how many the fullest partition has."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from comboio.ledger.encoding import from_attributes
from comboio.ledger.ledger import Ledger
from comboio.ledger.offsets import count
from ops.watch.panel import Panel, Row

AGE = "Age of the oldest unfinished in Kafka, seconds"
PENDING = "Unfinished records of the fullest partition (5000 admit nothing new)"

_NEARLY_FULL = 4_000
"""Unfinished records from which the alarm PartitionNearlyFull goes off."""


def ledgers(table: Any, name: str) -> Iterator[Ledger]:
    """Yield every ledger of a table; `table` is boto3's client. Reads the whole table, so it is for a small one."""
    for page in table.get_paginator("scan").paginate(TableName=name):
        for item in page["Items"]:
            if item["pk"]["S"].startswith("ledger#"):
                yield from_attributes({each: _wire(value) for each, value in item.items()})


def unfinished(found: Iterator[Ledger], now_ms: int) -> list[Panel]:
    """Return the panels."""
    oldest = most = 0
    for ledger in found:
        since = [entry.since for entry in ledger.incomplete.values()]
        since += [ledger.deferred_since] if ledger.deferred else []
        oldest = max([oldest, *(now_ms - each for each in since)])
        most = max(most, len(ledger.incomplete) + count(ledger.deferred))
    return [
        Panel(AGE, [Row("oldest", oldest / 1000)]),
        Panel(PENDING, [Row("unfinished", most, most > _NEARLY_FULL)]),
    ]


def _wire(attribute: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an attribute as DynamoDB's own JSON has it: boto3 decodes binaries."""
    value = attribute.get("B")
    return {"B": b64encode(value).decode()} if isinstance(value, bytes) else attribute

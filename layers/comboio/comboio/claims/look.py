"""Looks at the items of claims, without changing any."""

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.aws.side_by_side import call_all
from comboio.claims.mark import Attributes


def look(api: JsonApi, table: str, items: Sequence[str], pool: Executor, end: float) -> list[Attributes | None]:
    """Return the items of these keys, empty where there is none; None: it could not be read until `end` (monotonic)."""
    requests = [{"TableName": table, "Key": {"pk": {"S": item}}, "ConsistentRead": True} for item in items]
    return [_item(answer) for answer in call_all(api, "GetItem", requests, pool, end)]


def _item(answer: dict[str, Any] | AwsError) -> Attributes | None:
    item = None if isinstance(answer, AwsError) else answer.get("Item", {})
    return item if isinstance(item, dict) else None

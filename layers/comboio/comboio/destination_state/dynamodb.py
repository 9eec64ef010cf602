"""Destination states in DynamoDB: an item each, read in batches and written on the condition of their version."""

from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.destination_state.state import SharedState
from comboio.destination_state.store import LONGEST_S

MOST_KEYS = 100
"""Maximum of items in one BatchGetItem (DynamoDB API reference)."""

_READS = 2
"""Requests for a batch whose items DynamoDB does not return the first time; what is missing then is left out."""

TEXTS = ("probe_owner", "paused_by", "paused_why")
"""Fields of a state that are texts; the others are numbers."""


class DynamoStateStore:
    """Items of the table's key `pk` = "destination#<name>" or "route#<name>", an attribute for each field.

    Reads are consistent: a version that was seen is never followed by an older one. A read costs one read unit an item,
    whether it exists or not; a write costs one write unit, also one that loses.
    """

    def __init__(self, api: JsonApi, table: str, clock: Callable[[], float] = monotonic) -> None:
        self._api = api
        self._table = table
        self._clock = clock

    def read(self, items: Iterable[str], *, within_s: float = LONGEST_S) -> dict[str, SharedState]:
        """See StateStore."""
        end = self._clock() + min(within_s, LONGEST_S)
        names = list(dict.fromkeys(items))
        found: dict[str, SharedState] = {}
        for start in range(0, len(names), MOST_KEYS):
            found.update(self._read(names[start : start + MOST_KEYS], end))
        return found

    def write(self, item: str, state: SharedState, *, within_s: float = LONGEST_S) -> tuple[bool, SharedState]:
        """See StateStore."""
        wanted = state._replace(version=state.version + 1)
        values = {f":{name}": _attribute(value) for name, value in wanted._asdict().items()}
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": {"pk": {"S": item}},
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in wanted._asdict()),
            "ConditionExpression": "#version = :before" if state.version else "attribute_not_exists(#version)",
            "ExpressionAttributeNames": {f"#{name}": name for name in wanted._asdict()},
            "ExpressionAttributeValues": {
                **values,
                **({":before": {"N": str(state.version)}} if state.version else {}),
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            self._api.call("UpdateItem", request, tries=1, until=self._clock() + min(within_s, LONGEST_S))
        except AwsError as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            stored = _state(error.fields.get("Item", {}))
            return stored == wanted, stored
        return True, wanted

    def _read(self, names: list[str], end: float) -> dict[str, SharedState]:
        asked: Mapping[str, Any] = {
            self._table: {"Keys": [{"pk": {"S": name}} for name in names], "ConsistentRead": True}
        }
        found: dict[str, SharedState] = {}
        missing: set[str] = set()
        for _ in range(_READS):
            answer = self._api.call("BatchGetItem", {"RequestItems": asked}, tries=1, until=end)
            try:
                items = answer.get("Responses", {}).get(self._table, ())
                found.update((item["pk"]["S"], _state(item)) for item in items)
                asked = answer.get("UnprocessedKeys") or {}
                missing = {key["pk"]["S"] for key in asked.get(self._table, {}).get("Keys", ())}
            except (AttributeError, LookupError, TypeError):
                raise AwsError(
                    "dynamodb", "BatchGetItem", "Unreadable", "the answer has an unexpected form", 0
                ) from None
            if not missing:
                break
        return {name: found.get(name, SharedState()) for name in names if name not in missing}


def _attribute(value: int | str) -> dict[str, str]:
    return {"S": value} if isinstance(value, str) else {"N": str(value)}


def _state(item: Mapping[str, Any]) -> SharedState:
    """Return the state of an item; what is absent, or is not what was written, is as if there were none."""
    fields: dict[str, Any] = {}
    for name in SharedState._fields:
        attribute = item.get(name, {})
        if name in TEXTS:
            fields[name] = attribute.get("S", "")
        else:
            text = attribute.get("N", "0")
            fields[name] = int(text) if text.lstrip("-").isdigit() else 0
    return SharedState(**fields)

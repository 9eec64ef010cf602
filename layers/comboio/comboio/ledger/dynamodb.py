"""The ledgers in DynamoDB: one item a partition, one conditional write to take it and one to settle it."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.ledger import encoding
from comboio.ledger.ledger import Ledger, recover, refusal
from comboio.ledger.offsets import Ranges, from_text, to_text, union
from comboio.ledger.store import LeaseInfo


class DynamoLedgerStore:
    """Items of the table's key `pk` = "ledger#<partition>".

    `brought` is the set of all that was brought since the last settlement: also what a second crash in a row, or
    a claim whose answer was lost, would otherwise make it forget.
    """

    def __init__(self, api: JsonApi, table: str) -> None:
        self._api = api
        self._table = table

    def claim(self, partition: str, owner: str, now: int, until: int, brought: Ranges) -> Ledger | None:
        """A lost answer may be asked for again: the owner itself may always take it."""
        values = {
            ":me": {"S": owner},
            ":until": {"N": str(until)},
            ":now": {"N": str(now)},
            ":brought": {"SS": [to_text(brought)]},
        }
        taken, item = self._update(
            partition,
            "SET #owner = :me, lease_until = :until ADD brought :brought",
            "attribute_not_exists(#owner) OR #owner = :me OR lease_until <= :now",
            values,
            ReturnValues="ALL_OLD",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        if taken:
            return _ledger(item, now)
        if unknown := refusal(brought, _number(item, "next"), _ranges(item, "brought")):
            self._update(partition, "ADD refused :ours", None, {":ours": {"SS": [to_text(unknown)]}})
        return None

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int) -> bool:
        """The owner stays in the item, so that a settlement whose answer was lost can be said again."""
        values: dict[str, Any] = {
            ":me": {"S": owner},
            ":until": {"N": str(lease_until)},
            ":next": {"N": str(ledger.next)},
            ":newest": {"N": str(ledger.newest)},
        }
        expression = "SET lease_until = :until, #next = :next, newest = :newest"
        if undone := encoding.encode(ledger.pending, ledger.waiting, ledger.waiting_since):
            values[":undone"] = {"B": b64encode(undone).decode()}
            expression += ", undone = :undone REMOVE brought"
        else:
            expression += " REMOVE brought, undone"
        if ledger.refusals:
            values[":refusals"] = {"SS": list(ledger.refusals)}
            expression += " DELETE refused :refusals"
        return self._update(partition, expression, "#owner = :me", values)[0]

    def release(self, partition: str, owner: str) -> None:
        """Only the lease is touched."""
        values = {":me": {"S": owner}, ":until": {"N": "0"}}
        self._update(partition, "SET lease_until = :until", "#owner = :me", values)

    def peek(self, partition: str, now: int) -> LeaseInfo | None:
        """The partition without taking it; None if it has no ledger.

        Raises:
            AwsError: the store cannot be asked.
        """
        key = {"pk": {"S": f"ledger#{partition}"}}
        item = self._api.call("GetItem", {"TableName": self._table, "Key": key, "ConsistentRead": True}).get("Item")
        if item is None:
            return None
        return LeaseInfo(item.get("owner", {}).get("S", ""), _number(item, "lease_until"), _ledger(item, now))

    def _update(
        self, partition: str, expression: str, condition: str | None, values: dict[str, Any], **options: str
    ) -> tuple[bool, Mapping[str, Any]]:
        """Whether the condition held, and the attributes asked for."""
        text = f"{expression} {condition or ''}"
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": {"pk": {"S": f"ledger#{partition}"}},
            "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
            **options,
        }
        if names := {f"#{name}": name for name in ("owner", "next") if f"#{name}" in text}:
            request["ExpressionAttributeNames"] = names
        if condition:
            request["ConditionExpression"] = condition
        try:
            return True, self._api.call("UpdateItem", request).get("Attributes", {})
        except AwsError as error:
            if error.code == "ConditionalCheckFailedException":
                return False, error.fields.get("Item", {})
            raise


def _number(item: Mapping[str, Any], name: str) -> int:
    return int(item.get(name, {}).get("N", 0))


def _ranges(item: Mapping[str, Any], name: str) -> Ranges:
    held: Ranges = ()
    for text in item.get(name, {}).get("SS", ()):
        held = union(held, from_text(text))
    return held


def _ledger(item: Mapping[str, Any], now: int) -> Ledger:
    """The ledger of an item as its last owner left it, with what was brought meanwhile and not answered for."""
    undone, waiting, since = encoding.decode(b64decode(item.get("undone", {}).get("B", "")))
    refusals = tuple(item.get("refused", {}).get("SS", ()))
    ledger = Ledger(_number(item, "next"), _number(item, "newest"), undone, waiting, since, refusals)
    return recover(ledger, _ranges(item, "brought"), map(from_text, refusals), now)

"""Orders to give up in DynamoDB: one item a destination, `pk` = "give_up#<destination>".

Attributes: `orders` (S: JSON), `version` (N). An item expires when its last order can take nothing any more.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import Any, Protocol

from comboio.aws.json_api import AwsError, JsonApi
from comboio.drain.give_up import KEPT_MS, GiveUp, from_json, to_json, with_order

WRITE_TRIES = 4
"""Writes of one order while somebody else gives another one."""

MOST_KEYS = 100
"""Of one BatchGetItem."""


class GiveUpOrders(Protocol):
    """The orders as a drainer asks for them."""

    def read(self, destinations: Iterable[str], *, within_s: float) -> Mapping[str, Sequence[GiveUp]]:
        """Return the orders in force by destination, those without left out; may raise AwsError."""
        ...


class DynamoGiveUpOrders:
    """See GiveUpOrders."""

    def __init__(self, api: JsonApi, table: str, clock: Callable[[], float] = monotonic) -> None:
        self._api = api
        self._table = table
        self._clock = clock

    def read(self, destinations: Iterable[str], *, within_s: float) -> Mapping[str, Sequence[GiveUp]]:
        """See GiveUpOrders. Consistent reads: an order that was answered holds from the next look on."""
        end = self._clock() + within_s
        names = list(dict.fromkeys(destinations))
        found: dict[str, Sequence[GiveUp]] = {}
        for start in range(0, len(names), MOST_KEYS):
            keys = [_key(name) for name in names[start : start + MOST_KEYS]]
            request = {"RequestItems": {self._table: {"Keys": keys, "ConsistentRead": True}}}
            answer = self._api.call("BatchGetItem", request, until=end)
            try:
                if answer.get("UnprocessedKeys"):
                    raise AwsError("dynamodb", "BatchGetItem", "UnprocessedKeys", "some keys were not processed", 0)
                for item in answer.get("Responses", {}).get(self._table, ()):
                    if orders := _orders(item):
                        found[item["pk"]["S"].removeprefix("give_up#")] = orders
            except (AttributeError, LookupError, TypeError):
                raise AwsError(
                    "dynamodb", "BatchGetItem", "Unreadable", "the answer has an unexpected form", 0
                ) from None
        return found

    def add(self, destination: str, order: GiveUp) -> None:
        """Put an order in force.

        Raises:
            TooManyOrdersError: see `with_order`.
            AwsError: it is not written, or nobody knows; giving it again does no harm.
        """
        for tries_left in reversed(range(WRITE_TRIES)):
            request = {"TableName": self._table, "Key": _key(destination), "ConsistentRead": True}
            item = self._api.call("GetItem", request).get("Item", {})
            version = item.get("version", {}).get("N")
            try:
                self._write(destination, with_order(_orders(item), order), version, order.asked_at)
            except AwsError as error:
                if error.code != "ConditionalCheckFailedException" or not tries_left:
                    raise
            else:
                return

    def _write(self, destination: str, orders: Sequence[GiveUp], version: str | None, now: int) -> None:
        values: dict[str, Any] = {
            ":orders": {"S": to_json(orders)},
            ":version": {"N": str(int(version or 0) + 1)},
            ":expires": {"N": str((now + KEPT_MS) // 1000)},
        }
        self._api.call(
            "UpdateItem",
            {
                "TableName": self._table,
                "Key": _key(destination),
                "UpdateExpression": "SET orders = :orders, version = :version, expires_at = :expires",
                "ConditionExpression": "attribute_not_exists(version)" if version is None else "version = :before",
                "ExpressionAttributeValues": values | ({":before": {"N": version}} if version is not None else {}),
            },
        )


class NoOrders:
    """A GiveUpOrders of which nothing is ever asked: for tests, and to run without AWS."""

    def read(self, destinations: Iterable[str], *, within_s: float) -> Mapping[str, Sequence[GiveUp]]:  # noqa: ARG002 none
        """See GiveUpOrders."""
        return {}


def _key(destination: str) -> dict[str, Any]:
    return {"pk": {"S": f"give_up#{destination}"}}


def _orders(item: Mapping[str, Any]) -> tuple[GiveUp, ...]:
    return from_json(item.get("orders", {}).get("S", "[]"))

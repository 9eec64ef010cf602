"""The ledgers in DynamoDB: one item a partition, one conditional write to take it and one to settle it."""

from base64 import b64decode, b64encode
from typing import Any, Protocol

from comboio import pending
from comboio.aws.json_api import AwsError, JsonApi
from comboio.ledger import Ledger


class LedgerStore(Protocol):
    """Where ledgers are kept, and whose they are at the moment.

    Every method may raise AwsError when the store cannot be reached: then nothing is known, and nothing of
    the partition may be dispatched or counted as done.
    """

    def claim(self, partition: str, owner: str, now: int, until: int) -> Ledger | None:
        """Takes the partition for `owner` until `until` (ms); None while somebody else has it."""
        ...

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int) -> bool:
        """Writes the ledger if `owner` still has it; `lease_until` 0 gives it back. False: ownership was lost."""
        ...

    def release(self, partition: str, owner: str) -> None:
        """Gives the partition back as it is; does nothing where somebody else has it."""
        ...


class DynamoLedgerStore:
    """Items of the table's key `pk` = "ledger#<partition>"."""

    def __init__(self, api: JsonApi, table: str) -> None:
        self._api = api
        self._table = table

    def claim(self, partition: str, owner: str, now: int, until: int) -> Ledger | None:
        """A lost answer may be asked for again: the owner itself may always take it."""
        item = self._update(
            partition,
            "SET #owner = :me, lease_until = :until",
            "attribute_not_exists(#owner) OR #owner = :me OR lease_until <= :now",
            {":me": {"S": owner}, ":until": {"N": str(until)}, ":now": {"N": str(now)}},
            returns="ALL_NEW",
        )
        if item is None:
            return None
        return Ledger(
            int(item.get("next", {}).get("N", 0)),
            int(item.get("newest", {}).get("N", 0)),
            pending.decode(b64decode(item.get("pending", {}).get("B", ""))),
        )

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int) -> bool:
        """The owner stays in the item, so that a settlement whose answer was lost can be said again."""
        values = {
            ":me": {"S": owner},
            ":until": {"N": str(lease_until)},
            ":next": {"N": str(ledger.next)},
            ":newest": {"N": str(ledger.newest)},
        }
        expression = "SET lease_until = :until, #next = :next, newest = :newest"
        if ledger.pending:
            values[":pending"] = {"B": b64encode(pending.encode(ledger.pending)).decode()}
            expression += ", pending = :pending"
        else:
            expression += " REMOVE pending"
        return self._update(partition, expression, "#owner = :me", values) is not None

    def release(self, partition: str, owner: str) -> None:
        """Only the lease is touched."""
        values = {":me": {"S": owner}, ":until": {"N": "0"}}
        self._update(partition, "SET lease_until = :until", "#owner = :me", values)

    def _update(
        self, partition: str, expression: str, condition: str, values: dict[str, Any], returns: str = "NONE"
    ) -> dict[str, Any] | None:
        """The item's new attributes; None if the condition does not hold."""
        names = {f"#{name}": name for name in ("owner", "next") if f"#{name}" in expression + condition}
        request = {
            "TableName": self._table,
            "Key": {"pk": {"S": f"ledger#{partition}"}},
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ReturnValues": returns,
        }
        try:
            attributes: dict[str, Any] = self._api.call("UpdateItem", request).get("Attributes", {})
        except AwsError as error:
            if error.code == "ConditionalCheckFailedException":
                return None
            raise
        return attributes


class MemoryLedgerStore:
    """The same promises in one process's memory: for tests, and to run without AWS."""

    def __init__(self) -> None:
        self._items: dict[str, tuple[str, int, Ledger]] = {}

    def claim(self, partition: str, owner: str, now: int, until: int) -> Ledger | None:
        """See LedgerStore."""
        holder, lease_until, ledger = self._items.get(partition, (owner, 0, Ledger()))
        if holder != owner and lease_until > now:
            return None
        self._items[partition] = (owner, until, ledger)
        return ledger

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int) -> bool:
        """See LedgerStore."""
        if partition not in self._items or self._items[partition][0] != owner:
            return False
        self._items[partition] = (owner, lease_until, ledger)
        return True

    def release(self, partition: str, owner: str) -> None:
        """See LedgerStore."""
        if partition in self._items and self._items[partition][0] == owner:
            self._items[partition] = (owner, 0, self._items[partition][2])

    def ledger(self, partition: str) -> Ledger:
        """The ledger as it stands."""
        return self._items.get(partition, ("", 0, Ledger()))[2]

"""The ledgers in DynamoDB: one item a partition, one conditional write to take its lease and one to settle it.

The item's key is `pk` = "ledger#<partition>". Beside the ledger's own attributes (see `encoding`) it has `owner`,
`lease_until` (N, epoch ms) and `delivered` (SS, see `delivered`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from time import monotonic
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.invocation import LONGEST_HOLD_MS
from comboio.ledger.delivered import MOST_NOTES, from_notes, to_note
from comboio.ledger.encoding import UnreadableLedgerError, from_attributes, to_attributes
from comboio.ledger.ledger import Ledger, recover
from comboio.ledger.offsets import Ranges
from comboio.ledger.store import LeaseInfo

OPTIONAL = ("unfinished", "gaps", "samples", "diverted")
"""Attributes that a ledger has only where there is something to say."""
RESERVED = ("owner", "next", "first")
"""Names that DynamoDB reserves: expressions write them with a `#`."""


class DynamoLedgerStore:
    """A LedgerStore in a DynamoDB table; threads may share it."""

    def __init__(self, api: JsonApi, table: str, clock: Callable[[], float] = monotonic) -> None:
        self._api = api
        self._table = table
        self._clock = clock

    def claim(
        self, partition: str, owner: str, now: int, until: int, offsets: Ranges, *, within_s: float = 10.0
    ) -> Ledger | None:
        """See LedgerStore. A lost answer may be asked for again: the owner itself may always take the lease."""
        end = self._clock() + within_s
        note = to_note(offsets)
        values = {
            ":me": {"S": owner},
            ":until": {"N": str(until)},
            ":now": {"N": str(now)},
            ":latest": {"N": str(now + LONGEST_HOLD_MS)},
            ":note": {"SS": [note]},
        }
        taken, item = self._update(
            partition,
            "SET #owner = :me, lease_until = :until ADD delivered :note",
            "attribute_not_exists(#owner) OR #owner = :me OR lease_until <= :now OR lease_until > :latest",
            values,
            end,
            ReturnValues="ALL_OLD",
        )
        if taken:
            ledger = _ledger(item, now)
            return replace(ledger, delivered=tuple(sorted({note, *_notes(item)})))
        room = {":note": {"SS": [note]}, ":most": {"N": str(MOST_NOTES)}}
        self._update(
            partition, "ADD delivered :note", "attribute_not_exists(delivered) OR size(delivered) < :most", room, end
        )
        return None

    def settle(self, partition: str, owner: str, ledger: Ledger, lease_until: int, *, within_s: float = 10.0) -> bool:
        """See LedgerStore. The owner stays in the item, so that a settlement whose answer was lost can be repeated."""
        attributes = to_attributes(ledger)
        values = {f":{name}": value for name, value in attributes.items()}
        values |= {":me": {"S": owner}, ":until": {"N": str(lease_until)}}
        assignments = ", ".join(f"{_name(name)} = :{name}" for name in attributes)
        expression = f"SET lease_until = :until, {assignments}"
        if absent := [name for name in OPTIONAL if name not in attributes]:
            expression += f" REMOVE {', '.join(absent)}"
        if ledger.delivered:
            values[":notes"] = {"SS": list(ledger.delivered)}
            expression += " DELETE delivered :notes"
        return self._update(partition, expression, "#owner = :me", values, self._clock() + within_s)[0]

    def release(self, partition: str, owner: str, *, within_s: float = 10.0) -> None:
        """See LedgerStore. Only the lease is touched."""
        values = {":me": {"S": owner}, ":until": {"N": "0"}}
        self._update(partition, "SET lease_until = :until", "#owner = :me", values, self._clock() + within_s)

    def peek(self, partition: str, now: int) -> LeaseInfo | None:
        """See LedgerStore.

        Raises:
            AwsError: the store did not answer.
            UnreadableLedgerError: the item is damaged, or of another version.
        """
        key = {"pk": {"S": f"ledger#{partition}"}}
        item = self._api.call("GetItem", {"TableName": self._table, "Key": key, "ConsistentRead": True}).get("Item")
        if item is None:
            return None
        lease_until = int(item.get("lease_until", {}).get("N", 0))
        return LeaseInfo(item.get("owner", {}).get("S", ""), lease_until, _ledger(item, now))

    def _update(
        self, partition: str, expression: str, condition: str, values: dict[str, Any], end: float, **options: str
    ) -> tuple[bool, Mapping[str, Any]]:
        """Return whether the condition held, and the attributes asked for."""
        text = f"{expression} {condition}"
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": {"pk": {"S": f"ledger#{partition}"}},
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": values,
            **options,
        }
        if names := {f"#{name}": name for name in RESERVED if f"#{name}" in text}:
            request["ExpressionAttributeNames"] = names
        try:
            return True, self._api.call("UpdateItem", request, until=end).get("Attributes", {})
        except AwsError as error:
            if error.code == "ConditionalCheckFailedException":
                return False, error.fields.get("Item", {})
            raise


def _name(attribute: str) -> str:
    return f"#{attribute}" if attribute in RESERVED else attribute


def _notes(item: Mapping[str, Any]) -> list[str]:
    try:
        notes = list(item.get("delivered", {}).get("SS", ()))
    except (AttributeError, TypeError):
        notes = [None]
    if not all(isinstance(note, str) for note in notes):
        raise UnreadableLedgerError("The item of a ledger could not be read: its notes of deliveries are not texts.")
    return notes


def _ledger(item: Mapping[str, Any], now: int) -> Ledger:
    """Return the ledger of an item as its last owner left it, with what was delivered since and never settled."""
    ledger = from_attributes(item)
    try:
        delivered = from_notes(_notes(item))
    except ValueError as error:
        raise UnreadableLedgerError(f"The item of a ledger could not be read: {error}.") from None
    return recover(ledger, delivered, now)

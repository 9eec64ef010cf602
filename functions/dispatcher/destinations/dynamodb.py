"""Amazon DynamoDB: an item for each key, of which the newest message wins."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from comboio.aws.json_api import DYNAMODB, AwsError, JsonApi
from comboio.aws.sqs import utf8_size
from comboio.contract.record import Record
from comboio.message.field_path import MISSING, FieldPath, Read
from comboio.routing.destination_spec import DestinationSpec
from dispatcher.destinations.destination import NO_BOUND, Clients, fault_of
from dispatcher.destinations.entry import Encoded, Entry
from dispatcher.destinations.options import Options, read
from dispatcher.destinations.payload.text import UnsendableError, document
from dispatcher.fault import Fault
from dispatcher.parcel import Parcel

GUARANTEE = (
    "A message is written at least once; a second copy changes nothing. An item is never replaced by an older message "
    "of its key, whatever order they come in. A tombstone deletes the item, if its key is in the record's key or a "
    "header; nothing is left then that an older message could be told by, so one that comes late makes the item again."
)
"""What a user of the routing table may rely on."""

LIMITS = "A call has one message, and an item at most 400 KB; a route's `pack` changes nothing."
"""Of a call and of an entry. Source: DynamoDB quotas."""

MAX_BYTES = 400 * 1024
PERMANENT = frozenset({"ValidationException", "ItemCollectionSizeLimitExceededException", "SerializationException"})
"""A table that does not exist, or a permission that is missing, is the destination's fault."""

_OFFSET_DIGITS = 19
"""Of an offset; with the 19 of a timestamp they are the 38 digits that a number of DynamoDB may have."""

_OLDER = "ConditionalCheckFailedException"
_CONDITION = "attribute_not_exists(#v) OR #v <= :v"


class DynamoDbOptions(Options):
    """Options of `dynamodb`."""

    key: dict[str, str] = Field(
        min_length=1,
        max_length=2,
        description="The table's key: each attribute with the field that it comes from, "
        '`{ truck_id = "value.truck_id" }`.',
    )
    write: Literal["put", "update"] = Field(
        "put",
        description="`put` replaces the item, `update` sets the fields that the message has and keeps the others.",
    )
    newest_by: Literal["timestamp", "offset"] = Field(
        "timestamp",
        description="What makes a message newer: Kafka's timestamp and, within a millisecond, its offset; or its "
        "offset alone, where a key stays in its partition.",
    )
    version_attribute: str = Field(
        "comboio_version", pattern=r"^[A-Za-z0-9_.-]{1,100}$", description="The attribute that holds it."
    )


class Table:
    """One table."""

    max_entries = 1
    max_bytes = MAX_BYTES
    max_entry_bytes = MAX_BYTES

    def __init__(self, name: str, table: str, api: JsonApi, keys: Mapping[str, Read], options: DynamoDbOptions) -> None:
        self.name = name
        self.concurrency = options.concurrency
        self._table = table
        self._api = api
        self._keys = keys
        self._options = options

    def make(self, parcels: Sequence[Parcel]) -> Encoded:
        """See Destination."""
        if len(parcels) > 1:
            raise UnsendableError("an item holds one message")  # so that each goes alone, whatever the route packs
        (parcel,) = parcels
        record = parcel.record
        fields = None if record.value is None else document(parcel)
        key = {name: _key_value(name, get(record, fields)) for name, get in self._keys.items()}
        version = str(record.offset) if self._options.newest_by == "offset" else _moment(record)
        call: dict[str, Any] = {
            "TableName": self._table,
            "ExpressionAttributeNames": {"#v": self._options.version_attribute},
            "ExpressionAttributeValues": {":v": {"N": version}},
            "ConditionExpression": _CONDITION,
        }
        if record.value is None:
            return Encoded(json.dumps({"action": "DeleteItem", **call, "Key": key}), item_bytes(key))
        if not isinstance(fields, dict):
            raise UnsendableError("the payload is not a JSON object, so it has no attributes")
        ours = {*key, self._options.version_attribute}
        attributes = {name: attribute_value(value) for name, value in fields.items() if name not in ours}
        item = {**attributes, **key, self._options.version_attribute: {"N": version}}
        if self._options.write == "put":
            wire = json.dumps({"action": "PutItem", **call, "Item": item})
        else:
            wire = json.dumps({"action": "UpdateItem", **call, "Key": key, **_update(call, attributes)})
        return Encoded(wire, item_bytes(item))

    def send(self, entries: Sequence[Entry], timeout_s: float = NO_BOUND) -> list[Fault | None]:
        """See Destination."""
        return [self._write(json.loads(entry.wire), timeout_s) for entry in entries]

    def _write(self, call: dict[str, Any], timeout_s: float) -> Fault | None:
        try:
            self._api.call(call.pop("action"), call, tries=1, timeout_s=timeout_s)
        except AwsError as error:
            return None if error.code == _OLDER else fault_of(error, PERMANENT)
        return None


def _moment(record: Record) -> str:
    """Return a record's timestamp with its offset as the fraction: those of a millisecond differ in the offset alone.

    Its calls go side by side, so of two messages of one millisecond either may come last.
    """
    unit = 10**_OFFSET_DIGITS
    number = record.timestamp * unit + record.offset
    whole, fraction = divmod(abs(number), unit)
    return f"{'-' if number < 0 else ''}{whole}.{fraction:0{_OFFSET_DIGITS}d}"


def _update(call: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    names = {f"#a{place}": name for place, name in enumerate(attributes)}
    values = {f":a{place}": value for place, value in enumerate(attributes.values())}
    sets = ", ".join(["#v = :v", *(f"#a{place} = :a{place}" for place in range(len(attributes)))])
    return {
        "UpdateExpression": f"SET {sets}",
        "ExpressionAttributeNames": {**call["ExpressionAttributeNames"], **names},
        "ExpressionAttributeValues": {**call["ExpressionAttributeValues"], **values},
    }


def attribute_value(value: Any) -> dict[str, Any]:
    """Return a JSON value as DynamoDB's."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": repr(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list):
        return {"L": [attribute_value(each) for each in value]}
    return {"M": {name: attribute_value(each) for name, each in value.items()}}


def item_bytes(item: Mapping[str, dict[str, Any]]) -> int:
    """Return the bytes of an item as DynamoDB counts them; a little less for numbers, whose digits it may pack.

    Source: DynamoDB developer guide, "Item sizes and formats". Where this is too little the table itself refuses the
    item, with the same end; where it were too much, an item would be refused that the table takes.
    """
    return sum(utf8_size(name) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return utf8_size(content)
    if kind == "N":
        return 1 + sum(letter in "123456789" for letter in content) // 2
    if kind == "L":
        return 3 + sum(1 + _value_bytes(each) for each in content)
    if kind == "M":
        return 3 + len(content) + item_bytes(content)
    return 1


def _key_value(name: str, value: Any) -> dict[str, str]:
    if isinstance(value, str) and value:
        return {"S": value}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"N": repr(value)}
    what = "none" if value is MISSING else f"a {type(value).__name__}" if value != "" else "an empty text"
    raise UnsendableError(f"the item needs a text or a number for its key {name}, and the message has {what}")


def table(name: str, spec: DestinationSpec, clients: Clients) -> Table:
    """Make the destination of `type = "dynamodb"`; `target` is the table's name or ARN."""
    if not spec.target:
        raise ValueError("target: it must be the name or the ARN of a table")
    options = read(DynamoDbOptions, spec)
    keys: dict[str, Read] = {}
    for attribute, written in options.key.items():
        try:
            keys[attribute] = FieldPath.parse(written).reader()
        except ValueError as error:
            raise ValueError(f"key.{attribute}: {error}") from None
    if options.version_attribute in keys:
        raise ValueError("version_attribute: it is a part of the key. Choose another name")
    return Table(name, spec.target, clients(DYNAMODB), keys, options)

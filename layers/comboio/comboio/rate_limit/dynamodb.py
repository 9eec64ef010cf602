"""Reserved tokens in DynamoDB: one item a window, one conditional write a reservation."""

from time import monotonic
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.aws.whole_number import whole_number

_MOST_S = 1.0
"""Maximum seconds of a request: tokens are of one second, and of no use later."""

TRIES = 3
"""Writes of one reservation, while others reserve of the same window in between."""


class DynamoTokenStore:
    """Items of the table's key `pk` = "rate#<destination>#<window>", deleted by the table's TTL on `expires_at`.

    A window has an item of its own, so that a clock that is ahead takes tokens of its own second, and not the place of
    the counter that others use.
    """

    def __init__(self, api: JsonApi, table: str) -> None:
        self._api = api
        self._table = table

    def reserve(self, destination: str, window: int, wanted: int, tokens: int, expires: int) -> int:
        """See TokenStore. A write that is repeated after a lost reply reserves twice, and uses one of them."""
        for _ in range(TRIES):
            wanted = min(wanted, tokens)
            if wanted <= 0:
                return 0
            try:
                self._add(f"rate#{destination}#{window}", wanted, tokens, expires)
            except AwsError as error:
                if error.code != "ConditionalCheckFailedException":
                    raise
                wanted = min(wanted, tokens - _reserved(error.fields.get("Item"), tokens))
            else:
                return wanted
        return 0

    def _add(self, item: str, wanted: int, tokens: int, expires: int) -> None:
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": {"pk": {"S": item}},
            "UpdateExpression": "SET #reserved = if_not_exists(#reserved, :none) + :wanted, expires_at = :expires",
            "ConditionExpression": "attribute_not_exists(#reserved) OR #reserved <= :room",
            "ExpressionAttributeNames": {"#reserved": "reserved"},
            "ExpressionAttributeValues": {
                ":none": {"N": "0"},
                ":wanted": {"N": str(wanted)},
                ":room": {"N": str(tokens - wanted)},
                ":expires": {"N": str(expires)},
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        self._api.call("UpdateItem", request, tries=1, until=monotonic() + _MOST_S)


def _reserved(item: Any, unknown: int) -> int:
    """Return how many tokens of a window an item says are reserved; `unknown` where it does not say."""
    try:
        return whole_number(item["reserved"])
    except (LookupError, TypeError, ValueError):
        return unknown

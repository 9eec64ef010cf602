"""Claims that have an item each: one conditional write a claim."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from typing import Any, TypeVar

from comboio.aws.json_api import AwsError, JsonApi
from comboio.claims.claims import FOREVER, Claim, ClaimResult
from comboio.invocation import LONGEST_HOLD_MS

T = TypeVar("T")


class OwnItems:
    """An item a claim, `pk` = its name, gone `expire_s` after it was made (by the table's TTL on `expires_at`).

    One conditional write each, in parallel: exact whoever else asks, and for one write unit (docs/adr/0009). `end`
    is a moment of time.monotonic, after which nothing is begun or awaited.
    """

    def __init__(self, api: JsonApi, table: str, pool: Executor, expire_s: int) -> None:
        self._api = api
        self._table = table
        self._pool = pool
        self._expire_s = expire_s

    def take(self, claims: Sequence[Claim], now: int, until: int, end: float) -> list[ClaimResult]:
        """See Claims."""

        def one(claim: Claim) -> ClaimResult:
            values = {
                ":until": {"N": str(until)},
                ":now": {"N": str(now)},
                ":latest": {"N": str(now + LONGEST_HOLD_MS)},
                ":forever": {"N": str(FOREVER)},
                ":expires": self._expiry(now),
            }
            try:
                self._update(
                    claim,
                    "SET #owner = :me, claimed_until = :until, expires_at = :expires",
                    "attribute_not_exists(pk) OR #owner = :me OR claimed_until <= :now"
                    " OR (claimed_until > :latest AND claimed_until < :forever)",
                    values,
                    end,
                )
            except AwsError as error:
                if error.code != "ConditionalCheckFailedException":
                    return ClaimResult.UNKNOWN
                try:
                    held_until = int(error.fields.get("Item", {}).get("claimed_until", {}).get("N", 0))
                except (AttributeError, TypeError, ValueError):
                    return ClaimResult.UNKNOWN
                return ClaimResult.TAKEN if held_until >= FOREVER else ClaimResult.BUSY
            return ClaimResult.OURS

        return self._each(one, claims)

    def keep(self, claims: Sequence[Claim], now: int, end: float) -> list[bool]:
        """See Claims."""

        def one(claim: Claim) -> bool:
            values = {":until": {"N": str(FOREVER)}, ":expires": self._expiry(now)}
            try:
                self._update(claim, "SET claimed_until = :until, expires_at = :expires", "#owner = :me", values, end)
            except AwsError:
                return False
            return True

        return self._each(one, claims)

    def free(self, claims: Sequence[Claim], end: float) -> None:
        """See Claims. A claim that cannot be released stays until its TTL; until then its record is a duplicate."""

        def one(claim: Claim) -> None:
            try:
                self._update(claim, "SET claimed_until = :none", "#owner = :me", {":none": {"N": "0"}}, end)
            except AwsError:
                return

        self._each(one, claims)

    def _each(self, one: Callable[[Claim], T], claims: Iterable[Claim]) -> list[T]:
        return list(self._pool.map(one, claims))

    def _update(self, claim: Claim, expression: str, condition: str, values: dict[str, Any], end: float) -> None:
        self._api.call(
            "UpdateItem",
            {
                "TableName": self._table,
                "Key": {"pk": {"S": claim.name}},
                "UpdateExpression": expression,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {":me": {"S": claim.owner}, **values},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
            until=end,
        )

    def _expiry(self, now: int) -> dict[str, str]:
        return {"N": str(now // 1000 + self._expire_s)}

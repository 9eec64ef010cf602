"""Claims that have an item each: one conditional write a claim."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.aws.side_by_side import Result, call_all
from comboio.aws.whole_number import whole_number
from comboio.claims.claims import FOREVER, Claim, ClaimResult
from comboio.claims.look import look
from comboio.claims.mark import Attributes
from comboio.invocation import LONGEST_HOLD_MS

_OURS = "#owner = :me"


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
        values = {
            ":until": {"N": str(until)},
            ":now": {"N": str(now)},
            ":latest": {"N": str(now + LONGEST_HOLD_MS)},
            ":forever": {"N": str(FOREVER)},
            ":expires": self._expiry(now),
        }
        free = (
            "attribute_not_exists(pk) OR #owner = :me OR claimed_until <= :now"
            " OR (claimed_until > :latest AND claimed_until < :forever)"
        )
        claim = "SET #owner = :me, claimed_until = :until, expires_at = :expires"
        return [_result(answer) for answer in self._update(claims, claim, free, values, end)]

    def owned(self, claims: Sequence[Claim], end: float) -> list[ClaimResult]:
        """See Claims."""
        names = list(dict.fromkeys(claim.name for claim in claims))
        found = dict(zip(names, look(self._api, self._table, names, self._pool, end), strict=True))
        return [_owned(claim, found[claim.name]) for claim in claims]

    def keep(self, claims: Sequence[Claim], now: int, end: float) -> list[bool]:
        """See Claims."""
        values = {":until": {"N": str(FOREVER)}, ":expires": self._expiry(now)}
        keep = "SET claimed_until = :until, expires_at = :expires"
        return [not isinstance(answer, AwsError) for answer in self._update(claims, keep, _OURS, values, end)]

    def free(self, claims: Sequence[Claim], end: float) -> None:
        """See Claims. A claim that cannot be released stays until its TTL; until then its record is a duplicate."""
        self._update(claims, "SET claimed_until = :none", _OURS, {":none": {"N": "0"}}, end)

    def _update(
        self, claims: Iterable[Claim], expression: str, condition: str, values: dict[str, Any], end: float
    ) -> list[Result]:
        requests = [
            {
                "TableName": self._table,
                "Key": {"pk": {"S": claim.name}},
                "UpdateExpression": expression,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {"#owner": "owner"},
                "ExpressionAttributeValues": {":me": {"S": claim.owner}, **values},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
            for claim in claims
        ]
        return call_all(self._api, "UpdateItem", requests, self._pool, end)

    def _expiry(self, now: int) -> dict[str, str]:
        return {"N": str(now // 1000 + self._expire_s)}


def _result(answer: Result) -> ClaimResult:
    if not isinstance(answer, AwsError):
        return ClaimResult.OURS
    if answer.code != "ConditionalCheckFailedException":
        return ClaimResult.UNKNOWN
    try:
        item = answer.fields.get("Item", {})
        held_until = whole_number(item["claimed_until"]) if "claimed_until" in item else 0
    except (TypeError, ValueError):
        return ClaimResult.UNKNOWN
    return ClaimResult.TAKEN if held_until >= FOREVER else ClaimResult.BUSY


def _owned(claim: Claim, attributes: Attributes | None) -> ClaimResult:
    if attributes is None:
        return ClaimResult.UNKNOWN
    kept = {"owner": {"S": claim.owner}, "claimed_until": {"N": str(FOREVER)}}
    return ClaimResult.OURS if kept.items() <= attributes.items() else ClaimResult.TAKEN

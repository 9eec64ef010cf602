"""Claims for good that share items: one write claims all that fall on an item (docs/adr/0046)."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import cache
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.claims.claims import Claim, ClaimResult
from comboio.claims.mark import Attributes, Mark, marks_of

REFUSED = "ConditionalCheckFailedException"

MOST = 100
"""Marks in one write: an expression has at most 4 KB and 300 operators (DynamoDB, "Expressions")."""

FULL = 1_000
"""Claims asked of an item after which it takes no more: it has some 14 KB then, and a write costs as many units."""

Group = list[tuple[Claim, Mark]]


class SharedItems:
    """An attribute a claim in the item `claim.item`; whose it is, the first write decided.

    `end` is a moment of time.monotonic, after which nothing is begun or awaited.
    """

    def __init__(self, api: JsonApi, table: str, pool: Executor, expire_s: int) -> None:
        self._api = api
        self._table = table
        self._pool = pool
        self._expire_s = expire_s

    def take(self, claims: Sequence[Claim], now: int, end: float) -> dict[Claim, ClaimResult]:
        """Take each that is free, for good; one that has no result is not in its item, which is full."""
        found: dict[Claim, ClaimResult] = {}
        for results in self._pool.map(lambda group: self._take(group, now, end), _groups(claims)):
            found |= results
        return found

    def free(self, claims: Sequence[Claim], end: float) -> list[Claim]:
        """Give up claims; return those that are not in their item as their owner's."""
        return [
            claim for left in self._pool.map(lambda group: self._free(group, end), _groups(claims)) for claim in left
        ]

    def _take(self, group: Group, now: int, end: float) -> dict[Claim, ClaimResult]:
        item, names, values = _request(group)
        names["#marks"] = "marks"
        values |= {
            ":expires": self._expiry(now),
            ":count": {"N": str(len(group))},
            ":full": {"N": str(FULL)},
        }
        request = {
            "UpdateExpression": _taking(len(group)),
            "ConditionExpression": "attribute_not_exists(#marks) OR #marks < :full",
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            attributes = self._update(item, names, values, end, request).get("Attributes")
            full = False
        except AwsError as error:
            attributes, full = error.fields.get("Item"), error.code == REFUSED
            if not full:
                attributes = None
        if not isinstance(attributes, dict):
            return dict.fromkeys((claim for claim, _ in group), ClaimResult.UNKNOWN)
        results = {}
        for claim, mark in group:
            result = mark.result(attributes)
            if result is not None or not full:
                results[claim] = ClaimResult.UNKNOWN if result is None else result
        self._prolong(item, attributes, now, end)
        return results

    def _prolong(self, item: str, attributes: Attributes, now: int, end: float) -> None:
        """Let an item live on that would be gone before its youngest mark has had its time."""
        try:
            left_s = int(attributes["expires_at"]["N"]) - now // 1000
        except (KeyError, TypeError, ValueError):
            return
        if left_s < self._expire_s:
            try:
                self._update(
                    item, {}, {":expires": self._expiry(now)}, end, {"UpdateExpression": "SET expires_at = :expires"}
                )
            except AwsError:
                return  # it has its marks for a shorter time; whoever asks for one again tries again

    def _free(self, group: Group, end: float) -> list[Claim]:
        item, names, values = _request(group)
        removing, condition = _freeing(len(group))
        request = {"UpdateExpression": removing, "ConditionExpression": condition}
        try:
            self._update(item, names, values, end, request)
        except AwsError as error:
            if error.code != REFUSED:
                return []
            if len(group) > 1:
                return [claim for one in group for claim in self._free([one], end)]
            return [group[0][0]]
        return []

    def _update(
        self, item: str, names: dict[str, str], values: dict[str, Any], end: float, request: dict[str, Any]
    ) -> dict[str, Any]:
        request = {
            "TableName": self._table,
            "Key": {"pk": {"S": item}},
            "ExpressionAttributeValues": values,
            **request,
        }
        if names:
            request["ExpressionAttributeNames"] = names
        return self._api.call("UpdateItem", request, until=end)

    def _expiry(self, now: int) -> dict[str, str]:
        """Return when an item is gone whose first mark is made now: those of as much later have their time too."""
        return {"N": str(now // 1000 + 2 * self._expire_s)}


def _groups(claims: Sequence[Claim]) -> Iterator[Group]:
    """Return what one write can claim, item by item."""
    by_item: dict[str, Group] = {}
    for claim, mark in zip(claims, marks_of(claims), strict=True):
        by_item.setdefault(claim.item, []).append((claim, mark))
    for group in by_item.values():
        for start in range(0, len(group), MOST):
            yield group[start : start + MOST]


def _request(group: Group) -> tuple[str, dict[str, str], dict[str, Any]]:
    names = {f"#{place}": mark.name for place, (_, mark) in enumerate(group)}
    values: dict[str, Any] = {f":{place}": {"B": mark.owner} for place, (_, mark) in enumerate(group)}
    return group[0][0].item, names, values


@cache
def _taking(count: int) -> str:
    marks = ",".join(f"#{place}=if_not_exists(#{place},:{place})" for place in range(count))
    return f"SET expires_at=if_not_exists(expires_at,:expires),{marks} ADD #marks :count"


@cache
def _freeing(count: int) -> tuple[str, str]:
    names = [f"#{place}" for place in range(count)]
    return f"REMOVE {','.join(names)}", " AND ".join(f"{name}=:{name[1:]}" for name in names)

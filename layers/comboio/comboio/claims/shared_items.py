"""Claims for good that share items: one write claims all that fall on an item (docs/adr/0046)."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from functools import cache
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.aws.side_by_side import Result, call_all
from comboio.aws.whole_number import whole_number
from comboio.claims.claims import Claim, ClaimResult
from comboio.claims.look import look
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
        groups = list(_groups(claims))
        found: dict[Claim, ClaimResult] = {}
        short_lived = []
        for group, answer in zip(
            groups, self._update([self._taking(group, now) for group in groups], end), strict=True
        ):
            full = _refused(answer)
            attributes = _attributes(answer)
            found |= _results(group, attributes, full=full)
            if attributes is not None and self._short_lived(attributes, now):
                short_lived.append(self._prolonging(group, now))
        self._update(short_lived, end)  # where it fails, whoever asks for one of its claims again tries again
        return found

    def owned(self, claims: Sequence[Claim], end: float) -> dict[Claim, ClaimResult]:
        """Return whose claims are, without taking any; one that has no result is not in its item."""
        items = list(dict.fromkeys(claim.item for claim in claims))
        found = dict(zip(items, look(self._api, self._table, items, self._pool, end), strict=True))
        results: dict[Claim, ClaimResult] = {}
        for claim, mark in zip(claims, marks_of(claims), strict=True):
            attributes = found[claim.item]
            result = ClaimResult.UNKNOWN if attributes is None else mark.result(attributes)
            if result is not None:
                results[claim] = result
        return results

    def free(self, claims: Sequence[Claim], end: float) -> list[Claim]:
        """Give up claims; return those that are not in their item as their owner's."""
        refused = self._free(list(_groups(claims)), end)
        alone = [[one] for group in refused if len(group) > 1 for one in group]
        left = [group for group in refused if len(group) == 1] + self._free(alone, end)
        return [group[0][0] for group in left]

    def _free(self, groups: Sequence[Group], end: float) -> list[Group]:
        """Give up the claims of each group, all or none; return the groups that are not whole in their item."""
        answers = self._update(list(map(_freeing_request, groups)), end)
        return [group for group, answer in zip(groups, answers, strict=True) if _refused(answer)]

    def _update(self, requests: Sequence[dict[str, Any]], end: float) -> list[Result]:
        whole = [{"TableName": self._table, **request} for request in requests]
        return call_all(self._api, "UpdateItem", whole, self._pool, end)

    def _taking(self, group: Group, now: int) -> dict[str, Any]:
        request = _request(group)
        request["ExpressionAttributeNames"]["#marks"] = "marks"
        request["ExpressionAttributeValues"] |= {
            ":expires": self._expiry(now),
            ":count": {"N": str(len(group))},
            ":full": {"N": str(FULL)},
        }
        return {
            **request,
            "UpdateExpression": _taking(len(group)),
            "ConditionExpression": "attribute_not_exists(#marks) OR #marks < :full",
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _short_lived(self, attributes: Attributes, now: int) -> bool:
        """Return whether an item would be gone before its youngest mark has had its time."""
        try:
            return whole_number(attributes["expires_at"]) - now // 1000 < self._expire_s
        except (KeyError, ValueError):
            return False

    def _prolonging(self, group: Group, now: int) -> dict[str, Any]:
        return {
            "Key": _key(group),
            "UpdateExpression": "SET expires_at = :expires",
            "ExpressionAttributeValues": {":expires": self._expiry(now)},
        }

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


def _refused(answer: Result) -> bool:
    return isinstance(answer, AwsError) and answer.code == REFUSED


def _attributes(answer: Result) -> Attributes | None:
    """Return the item that an answer shows; None where nothing is known of it."""
    if isinstance(answer, AwsError):
        attributes = answer.fields.get("Item") if _refused(answer) else None
    else:
        attributes = answer.get("Attributes")
    return attributes if isinstance(attributes, dict) else None


def _results(group: Group, attributes: Attributes | None, *, full: bool) -> dict[Claim, ClaimResult]:
    """Return what an item says of claims; nothing of those that are not in one that is full."""
    if attributes is None:
        return dict.fromkeys((claim for claim, _ in group), ClaimResult.UNKNOWN)
    results = {}
    for claim, mark in group:
        result = mark.result(attributes)
        if result is not None or not full:
            results[claim] = ClaimResult.UNKNOWN if result is None else result
    return results


def _key(group: Group) -> dict[str, Any]:
    return {"pk": {"S": group[0][0].item}}


def _request(group: Group) -> dict[str, Any]:
    """Return what each request about some marks has: their item, and placeholders for them."""
    return {
        "Key": _key(group),
        "ExpressionAttributeNames": {f"#{place}": mark.name for place, (_, mark) in enumerate(group)},
        "ExpressionAttributeValues": {f":{place}": {"B": mark.owner} for place, (_, mark) in enumerate(group)},
    }


def _freeing_request(group: Group) -> dict[str, Any]:
    removing, condition = _freeing(len(group))
    return {**_request(group), "UpdateExpression": removing, "ConditionExpression": condition}


@cache
def _taking(count: int) -> str:
    marks = ",".join(f"#{place}=if_not_exists(#{place},:{place})" for place in range(count))
    return f"SET expires_at=if_not_exists(expires_at,:expires),{marks} ADD #marks :count"


@cache
def _freeing(count: int) -> tuple[str, str]:
    names = [f"#{place}" for place in range(count)]
    return f"REMOVE {','.join(names)}", " AND ".join(f"{name}=:{name[1:]}" for name in names)

"""A DynamoDB table that understands the updates that claims make, one after the other, as DynamoDB does."""

import json
import re
from collections.abc import Callable
from typing import Any

from comboio.aws.http import Answer, UnreachableError
from comboio.aws.json_api import DYNAMODB, JsonApi
from comboio.aws.sigv4 import Credentials
from comboio.claims.dynamodb import DynamoClaims
from tests.support.dispatcher import InlineExecutor

Item = dict[str, Any]


class ClaimsTable:
    """Items by `pk`. What a call meets, `trouble` says by number: "refused", or "lost" (carried out, unanswered)."""

    host = "dynamodb.us-east-1.amazonaws.com"

    def __init__(self, trouble: Callable[[int], str | None] = lambda number: None) -> None:
        self.items: dict[str, Item] = {}
        self.units = 0
        """Write units consumed."""
        self.calls = 0
        self._trouble = trouble

    def claims(self, expire_s: int = 86_400) -> DynamoClaims:
        """Return claims kept here; calls are not repeated."""
        api = JsonApi(DYNAMODB, "us-east-1", lambda: Credentials("A", "s"), self, tries=1)
        return DynamoClaims(api, "t", InlineExecutor(), expire_s)

    def expire(self, now: int) -> None:
        """Delete what is over, as the table's TTL does."""
        over = [pk for pk, item in self.items.items() if int(item["expires_at"]["N"]) < now // 1000]
        for pk in over:
            del self.items[pk]

    def post(self, headers: dict[str, str], body: bytes, timeout_s: float | None = None) -> Answer:
        """See Http."""
        self.calls += 1
        trouble = self._trouble(self.calls)
        if trouble == "refused":
            return Answer(500, b'{"__type":"InternalServerError"}')
        request = json.loads(body)
        answer = self._update(request) if "UpdateExpression" in request else self._get(request)
        if trouble == "lost":
            raise UnreachableError("the answer was lost")
        return answer

    def _get(self, request: Any) -> Answer:
        item = self.items.get(request["Key"]["pk"]["S"])
        return Answer(200, json.dumps({} if item is None else {"Item": item}).encode())

    def _update(self, request: Any) -> Answer:
        values, names = request["ExpressionAttributeValues"], request.get("ExpressionAttributeNames", {})
        pk = request["Key"]["pk"]["S"]
        old = self.items.get(pk)
        before = old or {}

        def attribute(text: str) -> str:
            return str(names.get(text.strip(), text.strip()))

        if not _holds(request.get("ConditionExpression", ""), before, attribute, values):
            self.units += units(before)
            shown = {"Item": old} if old and "ReturnValuesOnConditionCheckFailure" in request else {}
            return Answer(400, json.dumps({"__type": "x#ConditionalCheckFailedException", **shown}).encode())
        new: Item = {"pk": {"S": pk}, **before}
        for verb, text in re.findall(r"(SET|ADD|REMOVE) (.*?)(?= (?:SET|ADD|REMOVE) |$)", request["UpdateExpression"]):
            for part in re.split(r",(?![^(]*\))", text):
                if verb == "REMOVE":
                    new.pop(attribute(part), None)
                elif verb == "ADD":
                    name, value = part.split()
                    count = int(new.get(attribute(name), {"N": "0"})["N"]) + int(values[value]["N"])
                    new[attribute(name)] = {"N": str(count)}
                else:
                    name, _, value = part.partition("=")
                    first = re.fullmatch(r"if_not_exists\(([^,]+),([^)]+)\)", value.strip())
                    given = values[first[2] if first else value.strip()]
                    new[attribute(name)] = before.get(attribute(first[1]), given) if first else given
        self.units += max(units(before), units(new))
        self.items[pk] = new
        return Answer(200, json.dumps({"Attributes": new} if request.get("ReturnValues") == "ALL_NEW" else {}).encode())


def item_bytes(item: Item) -> int:
    """Return an item's size as DynamoDB counts it: names, texts, bytes, and half a byte a digit."""
    sizes: dict[str, Callable[[str], int]] = {
        "S": len,
        "B": lambda text: len(text.rstrip("=")) * 3 // 4,
        "N": lambda text: (len(text) + 1) // 2 + 1,
    }
    return sum(len(name) + sum(sizes[kind](value) for kind, value in typed.items()) for name, typed in item.items())


def units(item: Item) -> int:
    """Return the write units of an item."""
    return max(1, -(-item_bytes(item) // 1024))


def _holds(condition: str, item: Item, attribute: Callable[[str], str], values: Any) -> bool:
    """Return whether a condition of ORs and ANDs holds; an attribute that is not there compares as false."""

    def simple(text: str) -> bool:
        if text.startswith("attribute_not_exists("):
            return attribute(text[21:-1]) not in item
        name, sign, value = re.fullmatch(r"(\S+) ?(<=|<|>|=) ?(\S+)", text).groups()  # type: ignore[union-attr]
        if attribute(name) not in item:
            return False
        ((kind, left),) = item[attribute(name)].items()
        right = values[value][kind]
        left, right = (int(left), int(right)) if kind == "N" else (left, right)
        return bool({"<": left < right, "<=": left <= right, ">": left > right, "=": left == right}[sign])

    flat = condition.replace("(claimed_until", "claimed_until").replace(":forever)", ":forever")  # AND binds closer
    return not flat or any(all(map(simple, each.split(" AND "))) for each in flat.split(" OR "))

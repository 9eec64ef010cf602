"""The progress of draining in DynamoDB: one item an order group, `pk` = "drain#<group>".

Attributes: `last`, `last_id` (ids, with blanks between), `head` (S), `counted_at` (N), `progress` (B: zlib over JSON
`{"done": [place, ...], "attempts": [[place, count], ...]}`); while the group waits, `waits` (S: its name, the key of
the index `waiting`) and `waiting` (S: JSON). An item expires 15 days after it was last written.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.aws.whole_number import whole_number
from comboio.drain.progress import Progress
from comboio.drain.waiting import Waiting

KEPT_S = 15 * 86_400
"""A day longer than SQS keeps a message: then none of the group can be left."""

MOST_KEYS = 100
"""Of one BatchGetItem."""


class DynamoDrainStore:
    """A DrainStore in a DynamoDB table; threads may share it."""

    def __init__(self, api: JsonApi, table: str, clock: Callable[[], float] = monotonic) -> None:
        self._api = api
        self._table = table
        self._clock = clock

    def read(self, groups: Iterable[str], *, within_s: float) -> Mapping[str, Progress]:
        """See DrainStore. Consistent reads; what DynamoDB does not process counts as not answered."""
        end = self._clock() + within_s
        wanted = list(dict.fromkeys(groups))
        found = dict.fromkeys(wanted, Progress())
        for start in range(0, len(wanted), MOST_KEYS):
            keys = [{"pk": {"S": f"drain#{group}"}} for group in wanted[start : start + MOST_KEYS]]
            request = {"RequestItems": {self._table: {"Keys": keys, "ConsistentRead": True}}}
            answer = self._api.call("BatchGetItem", request, until=end)
            try:
                if answer.get("UnprocessedKeys"):
                    raise AwsError("dynamodb", "BatchGetItem", "UnprocessedKeys", "some keys were not processed", 0)
                for item in answer.get("Responses", {}).get(self._table, ()):
                    found[item["pk"]["S"].removeprefix("drain#")] = _progress(item)
            except (AttributeError, LookupError, TypeError):
                raise AwsError(
                    "dynamodb", "BatchGetItem", "Unreadable", "the answer has an unexpected form", 0
                ) from None
        return found

    def write(
        self, group: str, progress: Progress, now: int, *, within_s: float, waiting: Waiting | None = None
    ) -> None:
        """See DrainStore."""
        item: dict[str, Any] = {
            "pk": {"S": f"drain#{group}"},
            "last": {"S": progress.last},
            "last_id": {"S": " ".join(progress.drained)},
            "counted_at": {"N": str(progress.counted_at)},
            "expires_at": {"N": str(now // 1000 + KEPT_S)},
        }
        if progress.head:
            fields = {"done": sorted(progress.done), "attempts": sorted(progress.attempts.items())}
            data = zlib.compress(json.dumps(fields, separators=(",", ":")).encode(), 1)
            item |= {"head": {"S": progress.head}, "progress": {"B": b64encode(data).decode()}}
        if waiting is not None:
            item |= {"waits": {"S": group}, "waiting": {"S": waiting.to_json()}}
        self._api.call("PutItem", {"TableName": self._table, "Item": item}, until=self._clock() + within_s)


def _progress(item: Mapping[str, Any]) -> Progress:
    """Return what an item says; one that cannot be read says nothing: what it knew of is sent again at the worst."""
    try:
        last, drained = str(item["last"]["S"]), tuple(str(item["last_id"]["S"]).split())
        counted_at = whole_number(item["counted_at"])
        if "head" not in item:
            return Progress(last, drained, counted_at=counted_at)
        fields = json.loads(zlib.decompress(b64decode(item["progress"]["B"])))
        attempts = {int(place): int(count) for place, count in fields["attempts"]}
        return Progress(
            last, drained, str(item["head"]["S"]), frozenset(map(int, fields["done"])), attempts, counted_at
        )
    except (LookupError, TypeError, ValueError, zlib.error):
        return Progress()

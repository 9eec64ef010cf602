"""The order groups that wait, as the table's index `waiting` lists them.

The index is sparse: a group is in it from the drainer's first look that drained it in part to the one that drained it
whole. Its key is the group's own name, so that writes of one destination spread over the index's partitions, and are
never throttled into those of the ledger. Whoever asks reads all of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from comboio.aws.json_api import AwsError, JsonApi
from comboio.drain.waiting import Waiting

_INDEX = "waiting"
"""The index's name in template.yaml."""

MOST_GROUPS = 20_000
"""Groups that are read: some 20 MB of the index. Partitions times destinations are in the hundreds; the rest are single
messages that failed alone."""


class WaitingIndex:
    """Reads the index. What it lists may be some seconds behind the table."""

    def __init__(self, api: JsonApi, table: str) -> None:
        self._api = api
        self._table = table

    def read(self) -> Iterator[Waiting]:
        """Yield what was seen of each group, up to MOST_GROUPS.

        Raises:
            AwsError: the index cannot be read.
        """
        asked: dict[str, Any] = {"TableName": self._table, "IndexName": _INDEX}
        read = 0
        while True:
            items, after = _page(self._api.call("Scan", asked))
            for text in items:
                if read == MOST_GROUPS:
                    return
                read += 1
                if (found := Waiting.from_json(text)) is not None:
                    yield found
            if not after:
                return
            asked["ExclusiveStartKey"] = after


def _page(answer: Mapping[str, Any]) -> tuple[list[str], Any]:
    """Return what is stored of each group, and the key after which the next page begins."""
    try:
        return [item.get("waiting", {}).get("S", "") for item in answer.get("Items", ())], answer.get(
            "LastEvaluatedKey"
        )
    except (AttributeError, TypeError):
        raise AwsError("dynamodb", "Scan", "Unreadable", "the answer has an unexpected form", 0) from None

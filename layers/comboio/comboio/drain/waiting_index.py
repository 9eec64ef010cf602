"""The order groups that wait, as the table's index `waiting` lists them.

The index is sparse: a group is in it from the drainer's first look that drained it in part to the one that drained it
whole. Its key is the group's own name, so that writes of one destination spread over the index's partitions, and are
never throttled into those of the ledger. Whoever asks reads all of it.
"""

from collections.abc import Iterator
from typing import Any

from comboio.aws.json_api import JsonApi
from comboio.drain.waiting import Waiting

INDEX = "waiting"
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
        asked: dict[str, Any] = {"TableName": self._table, "IndexName": INDEX}
        read = 0
        while True:
            page = self._api.call("Scan", asked)
            for item in page.get("Items", ()):
                if read == MOST_GROUPS:
                    return
                read += 1
                if (found := Waiting.from_json(item.get("waiting", {}).get("S", ""))) is not None:
                    yield found
            if not page.get("LastEvaluatedKey"):
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

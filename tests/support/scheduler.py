"""How a parallel run shares out its tests: unit tests by the file, the others by their group or one by one."""

from collections.abc import Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped] # the package has no types

BY_FILE = "tests/unit/"
WAITING = "tests/integration/"


class GroupsAndFiles(LoadGroupScheduling):  # type: ignore[misc] # as above
    """Give a worker a file of unit tests at once, which are many and short, and forget what it has done.

    `LoadGroupScheduling` counts all that a worker was ever given after each test, 15 million steps for 7,600 tests.
    It gives what a dead worker had done to the others too, who then wait for a test that does not come.
    """

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """Take note of a test that ended."""
        super().mark_test_complete(node, item_index, duration)
        part = self._split_scope(self.registered_collections[node][item_index])
        if all(self.assigned_work[node][part].values()):
            del self.assigned_work[node][part]

    def _split_scope(self, nodeid: str) -> str:
        return _part(super()._split_scope(nodeid))


def in_turn(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return groups first, as each is one worker's, and then what waits evenly among what computes.

    One kind after the other left half of two cores idle for a hundred seconds.
    """
    grouped = [item for item in items if item.get_closest_marker("xdist_group")]
    others = [item for item in items if not item.get_closest_marker("xdist_group")]
    waiting = dict.fromkeys(_part(item.nodeid) for item in others if item.nodeid.startswith(WAITING))
    computing = dict.fromkeys(_part(item.nodeid) for item in others if not item.nodeid.startswith(WAITING))
    place = {part: number / len(parts) for parts in (waiting, computing) for number, part in enumerate(parts)}
    return [*grouped, *sorted(others, key=lambda item: place[_part(item.nodeid)])]


def _part(nodeid: str) -> str:
    return nodeid.partition("::")[0] if nodeid.startswith(BY_FILE) else nodeid

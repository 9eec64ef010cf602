"""How a parallel run shares out its tests: unit tests by the file, the others by their group or one by one."""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped] # the package has no types

BY_FILE = "tests/unit/"
WAITING = "tests/integration/"


class GroupsAndFiles(LoadGroupScheduling):  # type: ignore[misc] # as above
    """Give a worker a file of unit tests at once, which are many and short.

    `LoadGroupScheduling` counts all that a worker was ever given after each test: with thousands of parts, that
    took more of a core than any test.
    """

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return scope.partition("::")[0] if scope.startswith(BY_FILE) else scope


def in_turn(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Return groups first, as each is one worker's, and then what waits evenly among what computes.

    One kind after the other left half of two cores idle for a hundred seconds.
    """
    grouped = [item for item in items if item.get_closest_marker("xdist_group")]
    others = [item for item in items if not item.get_closest_marker("xdist_group")]
    waiting = dict.fromkeys(_part(item) for item in others if item.nodeid.startswith(WAITING))
    computing = dict.fromkeys(_part(item) for item in others if not item.nodeid.startswith(WAITING))
    place = {part: number / len(parts) for parts in (waiting, computing) for number, part in enumerate(parts)}
    return [*grouped, *sorted(others, key=lambda item: place[_part(item)])]


def _part(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0] if item.nodeid.startswith(BY_FILE) else item.nodeid

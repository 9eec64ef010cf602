"""How a parallel run shares out its tests: unit tests by the file, the others by their group or one by one."""

from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped] # the package has no types

BY_FILE = "tests/unit/"


class GroupsAndFiles(LoadGroupScheduling):  # type: ignore[misc] # as above
    """Give a worker a file of unit tests at once, which are many and short.

    `LoadGroupScheduling` counts all that a worker was ever given after each test: with thousands of parts, that
    took more of a core than any test.
    """

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return scope.partition("::")[0] if scope.startswith(BY_FILE) else scope

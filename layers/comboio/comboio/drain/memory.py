"""The progress of draining in one process's memory: for tests, and to run without AWS."""

from collections.abc import Iterable, Mapping

from comboio.drain.progress import Progress
from comboio.drain.waiting import Waiting


class MemoryDrainStore:
    """A DrainStore for one thread; it answers at once, so it ignores `within_s`."""

    def __init__(self) -> None:
        self.items: dict[str, Progress] = {}
        self.waiting: dict[str, Waiting] = {}

    def read(self, groups: Iterable[str], *, within_s: float) -> Mapping[str, Progress]:  # noqa: ARG002 it answers at once
        """See DrainStore."""
        return {group: self.items.get(group, Progress()) for group in groups}

    def write(
        self,
        group: str,
        progress: Progress,
        now: int,  # noqa: ARG002 see above
        *,
        within_s: float,  # noqa: ARG002 see above
        waiting: Waiting | None = None,
    ) -> None:
        """See DrainStore."""
        self.items[group] = progress
        self.waiting.pop(group, None)
        if waiting is not None:
            self.waiting[group] = waiting

"""The progress of draining in one process's memory: for tests, and to run without AWS."""

from collections.abc import Iterable, Mapping

from comboio.drain.progress import Progress


class MemoryDrainStore:
    """A DrainStore for one thread; it answers at once, so it ignores `within_s`."""

    def __init__(self) -> None:
        self.items: dict[str, Progress] = {}

    def read(self, groups: Iterable[str], *, within_s: float) -> Mapping[str, Progress]:  # noqa: ARG002 it answers at once
        """See DrainStore."""
        return {group: self.items.get(group, Progress()) for group in groups}

    def write(self, group: str, progress: Progress, now: int, *, within_s: float) -> None:  # noqa: ARG002 see above
        """See DrainStore."""
        self.items[group] = progress

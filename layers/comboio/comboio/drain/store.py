"""Where the progress of draining is kept: the protocol that every store has."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from comboio.drain.progress import Progress
from comboio.drain.waiting import Waiting


class DrainStore(Protocol):
    """Progress by order group. Every method takes at most `within_s` seconds, and may raise AwsError."""

    def read(self, groups: Iterable[str], *, within_s: float) -> Mapping[str, Progress]:
        """Return the progress of each group, as it was last written; a group that nothing is known of has none."""
        ...

    def write(
        self, group: str, progress: Progress, now: int, *, within_s: float, waiting: Waiting | None = None
    ) -> None:
        """Write the progress of a group; `now` is epoch ms, and `waiting` what people are told while it waits."""
        ...

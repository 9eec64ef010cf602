"""Where the progress of draining is kept: the protocol that every store has."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from comboio.drain.progress import Progress


class DrainStore(Protocol):
    """Progress by order group. Every method takes at most `within_s` seconds, and may raise AwsError."""

    def read(self, groups: Iterable[str], *, within_s: float) -> Mapping[str, Progress]:
        """Return the progress of each group, as it was last written; a group that nothing is known of has none."""
        ...

    def write(self, group: str, progress: Progress, now: int, *, within_s: float) -> None:
        """Write the progress of a group; `now` is epoch ms."""
        ...

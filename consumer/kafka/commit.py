"""What is to be committed, and when to try again: one commit under way at a time."""

from collections.abc import Mapping


class Commits:
    """Committed positions by partition. Pure: the caller sends and says what became of it."""

    def __init__(self, retry_s: float = 0.25) -> None:
        self._retry_s = retry_s
        self._committed: dict[str, int] = {}
        self._first: dict[str, int] = {}
        self._sent: dict[str, int] | None = None
        self._not_before = 0.0
        self.total = 0
        """Offsets committed since the start."""

    def due(self, positions: Mapping[str, int], now: float) -> dict[str, int]:
        """Return the positions to commit now: none while a commit is in flight, or shortly after one that failed."""
        for name, offset in positions.items():
            self._first.setdefault(name, offset)
        if self._sent is not None or now < self._not_before:
            return {}
        return self.behind(positions)

    def behind(self, positions: Mapping[str, int]) -> dict[str, int]:
        """Return the positions that are not committed yet."""
        return {name: offset for name, offset in positions.items() if self._committed.get(name) != offset}

    def sent(self, positions: Mapping[str, int]) -> None:
        """Note that a commit of these positions is in flight."""
        self._sent = dict(positions)

    def answered(self, failed: frozenset[str], now: float) -> None:
        """Note the answer to the commit in flight; the failed partitions stay due, a little later."""
        sent, self._sent = self._sent or {}, None
        achieved = {name: offset for name, offset in sent.items() if name not in failed}
        for name, offset in achieved.items():
            self.know(name, offset)
        if failed:
            self._not_before = now + self._retry_s

    def know(self, partition: str, position: int) -> None:
        """Note the group's position, as the broker told or acknowledged it."""
        self.total += max(0, position - self._committed.get(partition, self._first.get(partition, position)))
        self._committed[partition] = position

    def forget(self, partition: str) -> None:
        """Drop a partition that is no longer ours, from the commit in flight too."""
        self._committed.pop(partition, None)
        self._first.pop(partition, None)
        if self._sent is not None:
            self._sent.pop(partition, None)

    @property
    def committed(self) -> Mapping[str, int]:
        """What the broker has acknowledged, by partition."""
        return self._committed

"""How far a partition may be committed: what is in flight, what is done, and where the first gap is."""


class OffsetTracker:
    """Offsets of one partition between fetch and commit.

    Offsets come in rising order, with gaps where Kafka has them (compaction, transaction markers), and are done
    in any order. Weakness: it knows nothing of offsets that were not added, so it must be made anew when the
    partition's fetch position goes back.
    """

    __slots__ = ("_next", "_undone")

    def __init__(self) -> None:
        self._undone: dict[int, int] = {}
        self._next: int | None = None

    def rewinds(self, offset: int) -> bool:
        """Return whether `offset` is below one already added: the fetch went back, and a new tracker is due."""
        return self._next is not None and offset < self._next

    def add(self, offset: int, since_ms: int) -> None:
        """Take a fetched offset in flight, of a record that has waited since then (epoch ms).

        Raises:
            ValueError: the offset is not above all others.
        """
        if self._next is not None and offset < self._next:  # `rewinds`, without a call for each record
            raise ValueError(f"offset {offset} is below {self._next}, which was to come next")
        self._undone[offset] = since_ms
        self._next = offset + 1

    def passed(self, offset: int) -> None:
        """Note that the fetch is at `offset`: what lies between has no record, such as the marker of a transaction."""
        if self._next is None or offset > self._next:
            self._next = offset

    def done(self, offset: int) -> None:
        """Mark an offset as done; one that is not in flight changes nothing."""
        self._undone.pop(offset, None)

    @property
    def seen(self) -> int | None:
        """One past the highest offset fetched; None before the first."""
        return self._next

    @property
    def position(self) -> int | None:
        """Where the group would go on after a crash: below it all is done. None before the first offset."""
        return next(iter(self._undone), self._next)

    @property
    def oldest_ms(self) -> int | None:
        """Since when the first offset that is not done has waited; None if all are done."""
        return next(iter(self._undone.values()), None)

    @property
    def in_flight(self) -> int:
        """Offsets from the commit position to the last fetched: what a crash would deliver again, at most."""
        if self._next is None or self.position is None:
            return 0
        return self._next - self.position

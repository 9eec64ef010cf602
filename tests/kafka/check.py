"""Holds a history against what is promised: nothing lost, nothing twice without a reason, each key in order."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.kafka.history import MADE_AGAIN, Acknowledged, Handled, History


@dataclass(frozen=True, slots=True)
class Findings:
    """What a history comes to; each text names a record and what is wrong with it."""

    acknowledged: int
    handled: int
    excused: int
    """Acknowledged and never handled, as Kafka deleted them before, as it was told to."""
    duplicated: int
    """Records that were handled again, each time counted."""
    lost: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()
    """Duplicates for which no consumer had begun anew in their partition."""
    reordered: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    """Handled, but never acknowledged: of an aborted transaction, or made up."""

    @property
    def sound(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.unexplained or self.reordered or self.foreign)


def check(history: History) -> Findings:
    """Return what the history comes to."""
    handled: dict[str, list[Handled]] = defaultdict(list)
    for each in sorted(history.handled, key=lambda one: one.at_ms):
        handled[each.event].append(each)
    missing = [each for each in history.acknowledged if each.event not in handled]
    lost = [each for each in missing if not _was_deleted(history, each)]
    known = {each.event for each in history.acknowledged}
    return Findings(
        acknowledged=len(known),
        handled=len(handled),
        excused=len(missing) - len(lost),
        duplicated=sum(len(times) - 1 for times in handled.values()),
        lost=tuple(f"{each.event} at {each.partition}, offset {each.offset}" for each in lost),
        unexplained=tuple(_unexplained(history, handled.values())),
        reordered=tuple(_reordered(history, handled)),
        foreign=tuple(
            f"{event} at {times[0].partition}, offset {times[0].offset}"
            for event, times in handled.items()
            if event not in known
        ),
    )


def _was_deleted(history: History, record: Acknowledged) -> bool:
    return any(
        each.partition == record.partition
        and each.log == record.log
        and (record.offset < each.below or record.offset in each.offsets)
        for each in history.deleted
    )


def _unexplained(history: History, handled: Iterable[list[Handled]]) -> Iterable[str]:
    """Return the records that were handled more often than consumers had begun in their partition by then."""
    began: dict[str, list[float]] = defaultdict(list)
    for each in history.began:
        began[each.partition].append(each.at_ms)
    for times in handled:
        for count, again in enumerate(times[1:], start=2):
            if sum(at <= again.at_ms for at in began[again.partition]) < count:
                yield f"{again.event} at {again.partition}, offset {again.offset}, for the time number {count}"


def _reordered(history: History, handled: dict[str, list[Handled]]) -> Iterable[str]:
    """Return the records whose key was further already, in the same partition of the same topic, when they first came.

    A copy may come later than its successors. Partitions added move a key, and its order ends there. Of a topic made
    again it begins with its first record, once the consumer has seen that: until then it may be in the middle.
    """
    log = {each.event: each.log for each in history.acknowledged}
    begins = _begins_anew(history)
    latest: dict[tuple[int, str, str], int] = {}
    times = (each for copies in handled.values() for each in _first(copies, log, begins))
    for first in sorted(times, key=lambda one: one.at_ms):
        place = (log.get(first.event, 0), first.partition, first.key)
        if first.sequence <= latest.get(place, -1):
            yield f"{first.event} of key {first.key}, number {first.sequence} after {latest[place]}"
        latest[place] = max(first.sequence, latest.get(place, -1))


def _begins_anew(history: History) -> dict[str, float]:
    """Return when each partition's first record was handled after the last consumer saw that it was made again."""
    seen: dict[str, float] = {}
    for each in history.began:
        if each.how == MADE_AGAIN:
            seen[each.partition] = max(each.at_ms, seen.get(each.partition, 0))
    begins: dict[str, float] = {}
    for first in sorted((each for each in history.handled if each.offset == 0), key=lambda one: one.at_ms):
        if first.at_ms >= seen.get(first.partition, math.inf):
            begins.setdefault(first.partition, first.at_ms)
    return begins


def _first(copies: list[Handled], log: dict[str, int], begins: dict[str, float]) -> list[Handled]:
    """Return when the order of a record counts: its first time, or the first once its topic was begun anew."""
    if log.get(copies[0].event, 0) > 1:
        copies = [each for each in copies if each.at_ms >= begins.get(each.partition, 0)]
    return copies[:1]

"""Holds a history against what is promised: nothing lost, nothing twice without a reason, each key in order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from tests.kafka.history import MADE_AGAIN, Acknowledged, Handled, History


@dataclass(frozen=True, slots=True)
class Findings:
    """What a history comes to; each text names a record and what is wrong with it."""

    acknowledged: int
    handled: int
    excused: int
    """Acknowledged and never handled, as Kafka deleted them before, as it was told to."""
    duplicated: int
    """Records that were received again, each time counted."""
    lost: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()
    """Duplicates whose topic was not made again."""
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
    """Return the records that were received again though no consumer began anew with their topic in between.

    Whatever else a consumer delivers again the ledger knows.
    """
    begins = _begins_anew(history)
    for times in handled:
        for before, again in pairwise(times):
            if not any(before.at_ms < at <= again.at_ms for at in begins[again.partition]):
                yield f"{again.event} at {again.partition}, offset {again.offset}"


def _reordered(history: History, handled: dict[str, list[Handled]]) -> Iterable[str]:
    """Return the records whose key was further already, in the same partition of the same topic, when they first came.

    A copy may come later than its successors. Partitions added move a key, and its order ends there. Of a topic made
    again it begins with its first record, once a consumer has seen that: until then it may be in the middle.
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


def _begins_anew(history: History) -> Mapping[str, list[float]]:
    """Return when each partition's first record came after a consumer saw that its topic was made again.

    What was in flight when it saw that may come before.
    """
    begins: dict[str, list[float]] = defaultdict(list)
    for seen in (each for each in history.began if each.how == MADE_AGAIN):
        came = (each.at_ms for each in history.handled if each.offset == 0 and each.partition == seen.partition)
        begins[seen.partition] += sorted(at for at in came if at >= seen.at_ms)[:1]
    return begins


def _first(copies: list[Handled], log: dict[str, int], begins: Mapping[str, list[float]]) -> list[Handled]:
    """Return when the order of a record counts: its first time, or the first once its topic was last begun anew."""
    if log.get(copies[0].event, 0) > 1:
        copies = [each for each in copies if each.at_ms >= max(begins[each.partition], default=0)]
    return copies[:1]

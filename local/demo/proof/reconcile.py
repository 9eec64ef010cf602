"""Compares what Kafka acknowledged with what arrived downstream. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

Position = tuple[str, int]
"""A partition as "<topic>-<n>" and an offset."""


@dataclass(frozen=True, slots=True)
class Acked:
    """A message that Kafka acknowledged."""

    event_id: str
    position: Position
    kind: str
    """"ok", or the fault that was put in on purpose."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The result of the comparison, with the first few examples of what is wrong."""

    dispatched: int
    duplicates: int
    duplicates_explained: int
    dead_lettered: int
    pending: int
    lost: int
    misplaced: int
    replayed: int = 0
    parked: int = 0
    lost_examples: tuple[Acked, ...] = ()
    unexplained_examples: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Return whether nothing is lost, left over or misplaced, and a crash explains each duplicate."""
        return not (self.lost or self.pending or self.misplaced) and self.duplicates <= self.duplicates_explained


def reconcile(
    acked: Iterable[Acked],
    arrived: Iterable[str],
    letters: Iterable[Position],
    pending: Iterable[Position],
    crashed: Mapping[str, tuple[tuple[int, int], ...]],
    parked: Iterable[Position] = (),
    mended: Collection[str] = (),
    died: Collection[Position] = (),
) -> Reconciliation:
    """Compare every acknowledged message with what was read back.

    Args:
        acked: the producer's journal.
        arrived: the event_id of every message read from the destination queues, copies included.
        letters: the position of every letter in the DLQ, copies included.
        pending: positions that the ledgers still have as unfinished.
        crashed: by partition, the offset ranges that were in flight in a crash and may have been sent twice.
        parked: the position of every letter in the parking queue, copies included.
        mended: kinds whose letters were replayed after their cause was gone; they belong downstream, like "ok".
        died: the position of every letter before the replay. A mended message that never died had a route all along:
            that of its topic, which takes any code.
    """
    copies = Counter(arrived)
    dead, aside = Counter(letters), Counter(parked)
    undone = set(pending)
    dispatched = replayed = lost = misplaced = duplicates = explained = 0
    lost_examples: list[Acked] = []
    unexplained: list[str] = []
    for message in acked:
        good = message.kind == "ok" or message.kind in mended
        there = copies[message.event_id] if good else 0
        letter = dead[message.position] + aside[message.position]
        extra = there + letter - 1
        if good:
            dispatched += there > 0
            replayed += there > 0 and message.position in died
            misplaced += letter > 0
        else:
            misplaced += message.event_id in copies
        if there + letter == 0 and message.position not in undone:
            lost += 1
            lost_examples.append(message)
        if extra > 0:
            duplicates += extra
            name, offset = message.position
            if any(first <= offset <= last for first, last in crashed.get(name, ())):
                explained += extra
            else:
                unexplained.append(f"{name}:{offset} ({message.event_id})")
    return Reconciliation(
        dispatched=dispatched,
        duplicates=duplicates,
        duplicates_explained=explained,
        dead_lettered=len(dead),
        pending=len(undone),
        lost=lost,
        misplaced=misplaced,
        replayed=replayed,
        parked=len(aside),
        lost_examples=tuple(lost_examples[:10]),
        unexplained_examples=tuple(unexplained[:10]),
    )

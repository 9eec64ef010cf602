"""Carries out a request about the hold queue. It receives, deletes and sends nothing there: the drainer does.

A message of a FIFO queue that somebody else receives is withheld from the drainer, with all of its order group. So this
reads what the drainer saw, ends its waits early, and gives it orders.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from comboio.aws.json_api import AwsError
from comboio.drain.give_up import GiveUp, TooManyOrdersError
from comboio.drain.waiting import Waiting
from dlq_replayer.hold.tally import Tally
from dlq_replayer.request.request import Filter, Request, refused

_ALLOWED = "hold, with the role's permissions of template.yaml"
"""What is said of the source where the table fails."""


class Groups(Protocol):
    """The order groups that wait."""

    def read(self) -> Iterator[Waiting]:
        """Yield what was seen of each group; may raise AwsError."""
        ...


class Orders(Protocol):
    """Takes orders to give up."""

    def add(self, destination: str, order: GiveUp) -> None:
        """Put an order in force; may raise AwsError and TooManyOrdersError."""
        ...


class Receipts(Protocol):
    """The hold queue, as far as it is touched."""

    def make_visible(self, handles: Sequence[str]) -> list[bool]:
        """End the wait of messages; say of each whether that was done."""
        ...

    def depth(self) -> int | None:
        """Return about how many messages there are; None if SQS does not say."""
        ...


class HoldControl:
    """Inspects, drains now and gives up."""

    def __init__(self, groups: Groups, orders: Orders, queue: Receipts) -> None:
        self._groups = groups
        self._orders = orders
        self._queue = queue

    def depth(self) -> int | None:
        """Return about how many messages the hold queue has."""
        return self._queue.depth()

    def carry_out(self, request: Request, now: int) -> Tally:
        """Do what a request asks for, and return what came of it.

        Raises:
            RefusedError: no more orders are taken, or the table could not be read or written; it says what was done.
        """
        tally = Tally(request.samples)
        done = self._give_up(request, now) if request.action == "give_up" and not request.dry_run else ""
        asleep: list[Waiting] = []
        try:
            for group in self._groups.read():
                tally.count("examined", 1)
                if selects(request.filter, group):
                    tally.add(group, request.filter.codigo, now)
                    asleep.append(group)
        except AwsError as error:
            failed = f"What waits could not be read: {error}. Check the role's dynamodb:Scan on the index waiting."
            raise refused("source", failed, _ALLOWED, done) from None
        if request.action != "inspect":
            self._wake(asleep, tally, now, dry_run=request.dry_run)
        return tally

    def _give_up(self, request: Request, now: int) -> str:
        """Put the order in force for each destination; return the sentence that says so."""
        wanted = request.filter
        order = GiveUp(
            now,
            min(now + 1, _ms(wanted.until)) if wanted.until else now + 1,
            _ms(wanted.since) if wanted.since else 0,
            tuple(map(str, wanted.codigo)),
            wanted.topic,
            request.requested_by,
        )
        given: list[str] = []
        for destination in wanted.destination:
            try:
                self._orders.add(destination, order)
            except TooManyOrdersError as error:
                allowed = "give up everything of the destination"
                raise refused("filter", f"{destination}: {error}", allowed, _in_force(given)) from None
            except AwsError as error:  # it may have been written, and its answer lost
                failed = f"It is not known whether the request for {destination} was written: {error}. Send it again."
                done = _in_force(given) or f"The request may be in force for {destination}."
                raise refused("source", failed, _ALLOWED, done) from None
            given.append(destination)
        return _in_force(given)

    def _wake(self, groups: Sequence[Waiting], tally: Tally, now: int, *, dry_run: bool) -> None:
        """End the waits of groups; one that is over, or short, ends by itself.

        Receipts are over once the drainer has received their messages again: so no group is taken out of its hands.
        """
        asleep = [group for group in groups if group.receipts and group.again_at > now]
        tally.count("due", len(groups) - len(asleep))
        if dry_run:
            tally.count("would", len(asleep))
            return
        ended = iter(self._queue.make_visible([receipt for group in asleep for receipt in group.receipts]))
        for group in asleep:
            refusals = [next(ended) for _ in group.receipts].count(False)
            tally.count("due" if refusals else "woken", 1)


def _in_force(destinations: Sequence[str]) -> str:
    return f"The request is in force for {', '.join(destinations)}." if destinations else ""


def selects(wanted: Filter, group: Waiting) -> bool:
    """Return whether a group may have what a filter asks for, as far as can be told from outside."""
    return (
        (not wanted.destination or group.destination in wanted.destination)
        and (not wanted.topic or group.topic in wanted.topic)
        and (not wanted.until or group.oldest < _ms(wanted.until))
    )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
